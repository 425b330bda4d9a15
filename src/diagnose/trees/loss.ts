import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, BROKERS, fault, question, sources } from './write.ts';

const SHEET = '002 Quick Debug Cheat Sheet';
const LAG_TREE = '002 Consumer Lag Investigation Tree';
const MISTAKES = '002 Common mistakes';
const STRATEGIES = '004 Offset Persistence Strategies';
const BACKLOG = '000 Why rebalance causes backlog, duplicates and data loss';
const RISKS = '001 Data Loss Risks';

/** Records that were written, or should have been, and never had their effect. */
export const loss: Tree = {
  id: 'loss',
  title: 'Lost records',
  subject: 'group',
  symptoms: [
    {
      id: 'lost',
      text: 'records are lost',
      also: [...BROKERS, 'transactions', 'commits', 'rebalance', 'duplicates', 'lag'],
    },
  ],
  entry: 'loss-suspected',
  root: 'cut-off',
  questions: {
    'cut-off': question({
      ask: 'Did a log lose records that consumers could read already?',
      why: 'then the cluster lost them, whatever the clients did',
      how: 'an end offset that is smaller than before; UncleanLeaderElectionsPerSec; the brokers’ logs speak of truncation',
      probe: 'watermark-back',
      answers: { yes: ['yes', 'LOS-05'], no: ['no', 'range'] },
      otherwise: 'range',
    }),
    range: question({
      ask: 'Were records deleted before the group read them?',
      why: 'retention does not wait for readers',
      how: 'kmedic lag shows OUT-OF-RANGE',
      probe: 'deleted-unread',
      answers: { yes: ['yes', 'LOS-03'], no: ['no', 'auto-commit'] },
    }),
    'auto-commit': question({
      ask: 'Does the consumer commit automatically?',
      why: 'automatic commits know what was handed out, not what was done',
      how: 'enable.auto.commit of the consumer (true by default): --client-config consumer.properties',
      probe: 'client-auto-commit',
      answers: { on: ['yes', 'processing'], off: ['no', 'when-committed'] },
      otherwise: 'LOS-02',
    }),
    processing: question({
      ask: 'Is every record done before poll() is called again?',
      why: 'the next poll commits what the last one handed out: with other threads, or futures nobody waits for, before it is done',
      how: 'the consumer’s loop: does it hand records to an executor, a queue, a callback?',
      answers: {
        async: ['no, other threads or callbacks go on with them', 'LOS-01'],
        sync: ['yes, in the same thread', 'swallowed'],
      },
    }),
    'when-committed': question({
      ask: 'Is the offset committed after the record is done?',
      why: 'a commit before means at most once',
      how: 'where commitSync() or commitAsync() stands in the loop, and what runs when processing throws',
      answers: {
        before: ['no, before, or also when processing failed (in a finally block)', 'LOS-07'],
        after: ['yes', 'swallowed'],
      },
      otherwise: 'LOS-02',
    }),
    swallowed: question({
      ask: 'What happens to a record whose processing fails?',
      why: 'an exception that is caught and logged is a lost record: the next commit covers it',
      how: 'the catch block around the processing of one record; metrics of errors against records read',
      answers: {
        forgotten: ['it is logged, or counted, and the loop goes on', 'LOS-08'],
        kept: ['it is tried again, kept, or the process ends', 'producer'],
      },
      otherwise: 'LOS-02',
    }),
    producer: question({
      ask: 'Does the producer wait until records are safe?',
      why: 'what was never written cannot be read',
      how: 'acks, and what the application does with the result of send(): --client-config producer.properties',
      probe: 'client-acks',
      answers: {
        none: ['no, acks=0 or acks=1', 'LOS-06'],
        all: ['yes, acks=all', 'LOS-09'],
      },
      otherwise: 'LOS-09',
    }),
  },
  leaves: {
    'LOS-01': fault(
      'automatic commits run ahead of the work',
      'Every auto.commit.interval.ms the client commits what poll() handed out. If other threads are still at work on it when the process dies, the next member begins behind it: these records are never done.',
      {
        do: [
          'enable.auto.commit=false, and commit offset + 1 of what is done',
          'or finish every record before the next poll(): then automatic commits are at least once',
          'set the group back to before the gap, once what receives the results bears duplicates',
        ],
        commands: ['offsets reset {group} --to -1h', 'offsets show {group}', 'groups describe {group} --members'],
        instead: [
          [
            'kafka-console-consumer.sh --topic <topic> --from-beginning --property print.offset=true',
            'offsets peek {group} {topic}:{partition}',
          ],
          ['kafka-dump-log.sh --files <segment> --print-data-log', 'segments dump {log-dir}/{topic}-{partition}'],
        ],
        sources: [SHEET, LAG_TREE, MISTAKES, STRATEGIES, BACKLOG, '001 Consumer Offset Commit Strategy'],
        corrections: [WRONG.autoCommitMostOnce, WRONG.gapsAreLoss, WRONG.commitInFinally],
      },
    ),
    'LOS-02': advice(
      'no loss shows in the logs; whether offsets are committed before the work is done, only the consumer’s configuration and code tell',
      'The cluster sees which offsets are committed and when, not who decides it nor what was done. Commits at an even pace that does not depend on the records suggest automatic ones.',
      {
        do: [
          'give the consumer’s configuration to the diagnosis',
          'compare what the group has committed with what arrived downstream',
        ],
        commands: ['diagnose loss -g {group} --client-config {client}', 'offsets show {group}'],
        sources: [SHEET, STRATEGIES, '002 Kafka Configuration Trade-offs'],
        corrections: [WRONG.autoCommitMostOnce],
      },
    ),
    'LOS-03': fault(
      'retention deleted records before the group read them',
      'They are gone. With auto.offset.reset=latest what is still there is skipped as well.',
      {
        do: ['go on at the start of what is left', 'keep the topic longer, and alert on the age of unread records'],
        commands: ['diagnose commits -g {group}', 'offsets reset {group} --topic {topic}:{partitions} --to start'],
        sources: ['003 Consumer Lag', MISTAKES],
        causedBy: ['COM-03', 'COM-01', 'COM-02'],
      },
    ),
    'LOS-05': fault(
      'a log was cut off: records that were readable are gone',
      'The high watermark went back. A replica without them became leader: an unclean election, or a disk that lost what it had confirmed on all replicas.',
      {
        do: [
          'ask the producers to send that time again',
          'unclean.leader.election.enable=false, three replicas on different racks, min.insync.replicas=2, acks=all',
        ],
        commands: ['isr {topic}', 'diagnose durability -t {topic}', 'segments verify {log-dir}/{topic}-{partition}'],
        sources: [RISKS, '002 Replication, ISR (unclean election)'],
        corrections: [WRONG.onlyIsrLeads],
      },
    ),
    'LOS-06': fault(
      'the producer does not wait until records are safe',
      'acks=0 does not wait at all. acks=1 waits for the leader alone: what it had confirmed and not yet replicated is lost with it.',
      {
        do: ['acks=all, with min.insync.replicas=2 on the topic; look at the result of every send()'],
        commands: ['diagnose producer --client-config {client}', 'diagnose durability -t {topic}'],
        sources: ['002 Producer Durability vs Latency', RISKS, '003 acks'],
        corrections: [WRONG.allWithMinOne],
      },
    ),
    'LOS-07': fault(
      'the offset is committed before the record is done, or although it failed',
      'A commit says "done up to here". Said too early, a crash loses what lies between; said in a finally block, every error does.',
      {
        do: [
          'commit behind the database transaction, on success only',
          'let the process end on errors that it cannot treat: the record comes again',
        ],
        commands: ['offsets show {group}', 'offsets reset {group} --to -1h'],
        sources: [LAG_TREE, SHEET, '003 Offset Commit Strategy'],
        corrections: [WRONG.commitInFinally, WRONG.resumeAfterCommitted],
      },
    ),
    'LOS-08': fault(
      'records that fail are passed over',
      'The loop goes on after an error, and the next commit covers the record. Not committing is not enough either: poll() goes on from its position in memory.',
      {
        do: [
          'try it again a few times, then write it to a dead-letter topic with topic, partition, offset and error, then commit',
          'or seek back to it, or end the process',
        ],
        commands: [
          'offsets peek {group} {topic}:{partition}',
          'offsets skip {group} {topic}:{partition} --to-topic {topic}-dead',
        ],
        sources: [
          LAG_TREE,
          '003 Dead Letter Queue',
          '003 Error Handling',
          '003 Python Consumer with Manual Offset Management',
        ],
        corrections: [WRONG.uncommittedComesAgain],
      },
    ),
    'LOS-09': advice(
      'nothing shows a loss: follow single records',
      'The cluster has what was acknowledged, and commits come after the work. Gaps between offsets are normal.',
      {
        do: [
          'take one record that is missed, with its time and key, and look for it in the topic',
          'new partitions, and consumers that started with auto.offset.reset=latest, skip what was written before they knew of them',
        ],
        commands: [
          'segments find {log-dir}/{topic}-{partition} --time -15m',
          'offsets peek {group} {topic}:{partition}',
        ],
        sources: [SHEET, STRATEGIES],
        corrections: [WRONG.gapsAreLoss, WRONG.partitionsNeedDowntime],
      },
    ),
  },
  sources: sources(SHEET, LAG_TREE, MISTAKES, STRATEGIES, BACKLOG, RISKS),
};
