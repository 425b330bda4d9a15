import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, BROKERS, fault, question, sources } from './write.ts';

const GUIDE = '002 Production debug guide';
const DUPLICATE = '001 Duplicate Processing';
const MISTAKES = '002 Common mistakes';
const PREVENT = '000 How to Prevent Duplicate Consumption';
const BACKLOG = '000 Why rebalance causes backlog, duplicates and data loss';
const CRASH = '004 Handling Consumer Failures';
const THEOREM = '003 At-Least-Once Delivery';

/** Records that are processed more than once. */
export const duplicates: Tree = {
  id: 'duplicates',
  title: 'Duplicates',
  subject: 'group',
  symptoms: [
    { id: 'duplicates', text: 'records are processed twice', also: [...BROKERS, 'commits', 'rebalance', 'loss'] },
  ],
  entry: 'duplicates-visible',
  root: 'rewind',
  questions: {
    rewind: question({
      ask: 'Did a committed offset go back?',
      why: 'everything from there on is read again',
      how: 'kmedic lag --window 10s shows REWIND; __consumer_offsets holds every commit of the last while',
      probe: 'commit-rewind',
      answers: {
        members: ['yes, while members were there', 'DUP-01'],
        empty: ['yes, while the group was empty', 'DUP-02'],
        no: ['no', 'crashes'],
      },
      otherwise: 'crashes',
    }),
    crashes: question({
      ask: 'Do members go without having committed what they read?',
      why: 'the next owner begins at the commit: all that was done after it is done again',
      how: 'restarts and rebalances in the logs; how often the group commits',
      probe: 'replays',
      answers: {
        crash: ['yes, they end and start anew', 'DUP-03'],
        rebalance: ['yes, they lose their partitions in rebalances', 'DUP-04'],
        no: ['no', 'producer'],
      },
      otherwise: 'producer',
    }),
    producer: question({
      ask: 'Are the duplicates in the topic already?',
      why: 'then no consumer setting removes them',
      how: 'look for the same record at two offsets: kmedic segments find --key, or a console consumer',
      answers: {
        yes: ['yes', 'idempotence'],
        no: ['no', 'two-groups'],
      },
      otherwise: 'DUP-07',
    }),
    idempotence: question({
      ask: 'Is the producer idempotent?',
      why: 'without it a retry after a lost answer writes again',
      how: 'enable.idempotence, acks and retries of the producer: --client-config producer.properties',
      probe: 'client-idempotence',
      answers: { off: ['no', 'DUP-05'], on: ['yes', 'DUP-06'] },
    }),
    'two-groups': question({
      ask: 'Do two groups do the same work?',
      why: 'every group gets every record: a group id that differs by mistake doubles everything',
      how: 'kmedic groups list; group.id in all deployments, old ones as well',
      answers: { yes: ['yes', 'DUP-08'], no: ['no', 'DUP-07'] },
      otherwise: 'DUP-07',
    }),
  },
  leaves: {
    'DUP-01': fault(
      'a member commits offsets that lie behind what was committed already',
      'Asynchronous commits overtake one another, threads of one process commit each their own, or a seek() to try a record again is committed. After the next rebalance everything from there is read again.',
      {
        do: [
          'let one thread commit, the lowest offset that is not done yet',
          'commitAsync() while it runs, commitSync() when partitions are revoked and at the end',
          'what receives the results must bear duplicates anyway',
        ],
        commands: ['offsets show {group}', 'lag {group} --window 10s'],
        sources: [DUPLICATE, '003 Consumer with Manual Offset Management and Retry', '003 Offset Commit Strategy'],
        corrections: [WRONG.uncommittedComesAgain],
      },
    ),
    'DUP-02': advice(
      'somebody set the group back while it was empty',
      'A reset, on purpose or not; everything from there on is read again.',
      {
        do: ['see who it was, and whether it was meant'],
        commands: ['offsets history --group {group}', 'offsets show {group}'],
        sources: ['003 Bash Consumer Monitoring Script', PREVENT],
      },
    ),
    'DUP-03': fault(
      'members end before they commit: what they did since the last commit is done again',
      'At least once: the record is processed, the process dies, the commit is missing, and the next member begins at the old one. The further apart commits are, the more is repeated.',
      {
        do: [
          'look at why they end',
          'commit after each batch, not after a time; on a shutdown signal finish, commit, close()',
          'make the effect idempotent: an upsert by an id in the record, or a table of ids with an expiry, in the same database transaction',
        ],
        commands: [
          'groups describe {group} --members',
          'offsets show {group}',
          'offsets peek {group} {topic}:{partition}',
        ],
        instead: [['kafka-consumer-groups.sh --describe --group <group>', 'groups describe {group}']],
        sources: [GUIDE, DUPLICATE, CRASH, THEOREM, MISTAKES, PREVENT, '004 Offset Persistence Strategies'],
        corrections: [WRONG.commitsAvoidReprocessing, WRONG.offsetAsDedupKey, WRONG.resumeAfterCommitted],
        causedBy: ['REB-01', 'REB-02', 'REB-03', 'REB-04', 'REB-05'],
      },
    ),
    'DUP-04': fault(
      'partitions are taken from members before they commit',
      'In each rebalance the new owner begins at the last commit, while the old one may still be at work on the same records.',
      {
        do: [
          'commit in onPartitionsRevoked, and stop work on partitions that were taken',
          'mend what makes the group rebalance',
        ],
        commands: ['diagnose rebalance -g {group}', 'groups describe {group} --members'],
        sources: [BACKLOG, '002 Key takeaways', '004 Consumer Group Rebalancing'],
        corrections: [WRONG.commitsAvoidReprocessing, WRONG.wakeup],
        causedBy: [
          'REB-01',
          'REB-02',
          'REB-03',
          'REB-04',
          'REB-05',
          'REB-06',
          'REB-07',
          'REB-08',
          'REB-11',
          'REB-14',
          'REB-15',
        ],
      },
    ),
    'DUP-05': fault(
      'the producer writes again when an answer was lost',
      'Without idempotence a retry is a new record. With more than one request in flight it also lands out of order.',
      {
        do: ['enable.idempotence=true with acks=all: the default since 3.0, unless acks or retries say otherwise'],
        commands: [
          'diagnose producer --client-config {client}',
          'segments find {log-dir}/{topic}-{partition} --key <key>',
        ],
        sources: [
          '001 How to Use Kafka Producer Retries',
          '003 Idempotent Producers',
          '002 Producer Durability vs Latency',
        ],
        corrections: [WRONG.producerDefaults, WRONG.inFlightOne, WRONG.sequenceRejected],
      },
    ),
    'DUP-06': fault(
      'the application sends twice',
      'An idempotent producer removes its own retries, in one session. It does not know that the application sent the same thing again, after a restart or an error that it took for final.',
      {
        do: [
          'an id in the record that stays the same when it is sent again; consumers drop what they know',
          'a transactional.id where reading, processing and writing are one step',
        ],
        commands: ['segments find {log-dir}/{topic}-{partition} --key <key>'],
        sources: ['003 Idempotent Producer', PREVENT],
        corrections: [WRONG.idempotenceReach],
      },
    ),
    'DUP-07': advice(
      'at least once is what it is: bear duplicates',
      'Nothing that causes them now can be seen. A crash between the effect and the commit repeats the effect: only an idempotent effect, or one transaction for both, rules that out.',
      {
        do: [
          'an id and an upsert, or a table of ids with an expiry',
          'from topic to topic: transactions, with read_committed readers',
          'records that fail go to a dead-letter topic, so that the batch is not repeated for them',
        ],
        commands: ['offsets show {group}', 'lag {group} --window 10s'],
        sources: [PREVENT, THEOREM, DUPLICATE],
        corrections: [WRONG.commitInsideTransaction, WRONG.offsetAsDedupKey],
      },
    ),
    'DUP-08': fault(
      'two groups do the same work',
      'Each group has offsets of its own and gets all records. That is right for two services, and wrong for two halves of one.',
      {
        do: ['one group.id for all instances of a service; delete the other group'],
        commands: ['groups list', 'groups describe {group} --members'],
        sources: ['001 Consumer Group Isolation'],
      },
    ),
  },
  sources: sources(GUIDE, DUPLICATE, PREVENT, BACKLOG, CRASH, THEOREM),
};
