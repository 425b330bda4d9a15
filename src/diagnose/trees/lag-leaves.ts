import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, fault, QUOTAS, sound } from './write.ts';

const LAG_TREE = '002 Consumer Lag Investigation Tree';
const GUIDE = '002 Production debug guide';
const MISTAKES = '002 Common mistakes';
const RATE = '003 Consumer Processing Rate';
const GROWTH = '003 Consumer Lag Growth Rate';
const SKEW = '001 Consumption Skew';
const DEAD_LETTER = '003 Dead Letter Queue';
const MONITOR = '003 Bash Consumer Monitoring Script';

const DESCRIBE = ['kafka-consumer-groups.sh --describe --group <group>', 'lag {group}'] as const;
const STATE = [
  'kafka-consumer-groups.sh --describe --group <group> --state',
  'groups describe {group} --state',
] as const;
const LIST = ['kafka-consumer-groups.sh --list', 'groups list'] as const;
const ENDS = [
  'kafka-run-class.sh kafka.tools.GetOffsetShell --topic <topic>',
  'offsets show {group} --topic {topic}',
] as const;
const ISR_HINT = 'isr --only-problems';

/** Verdicts on lag. Those from 01 to 08 are consequences of something that another tree finds. */
export const LAG_LEAVES: Tree['leaves'] = {
  'BEH-01': fault(
    'partitions have no leader: nobody can read them',
    'Their lag is unknown, not zero. It is counted again, and grows visibly, as soon as a leader is there.',
    {
      do: ['bring the partition’s brokers back; the consumers need nothing'],
      commands: ['isr {topic} --offline', 'diagnose isr'],
      instead: [DESCRIBE],
      sources: ['002 Replication, ISR', '001 Data Loss Risks'],
      causedBy: ['REP-01', 'REP-02', 'REP-03', 'REP-04', 'REP-06', 'REP-07', 'REP-10', 'DSK-01', 'DSK-02', 'DSK-10'],
    },
  ),
  'BEH-02': fault(
    'the leader of some partitions does not answer',
    'It is frozen or cut off; fetches to it time out until the controllers elect another leader.',
    {
      do: ['see to that broker'],
      commands: ['cluster', 'diagnose isr'],
      sources: ['002 Replication, ISR'],
      causedBy: ['REP-05', 'BRK-01', 'REP-06', 'REP-07'],
    },
  ),
  'BEH-03': fault(
    'records wait behind a high watermark that stands still',
    'Consumers may read up to the high watermark. It stands still while a slow follower is in the ISR, or while fewer replicas are in sync than min.insync.replicas. Lag looks healthy meanwhile, and jumps when it moves again.',
    {
      do: ['repair replication; the consumers need nothing, except room for the backlog afterwards'],
      commands: [ISR_HINT, 'diagnose isr', 'lag {group} --watch'],
      instead: [DESCRIBE],
      sources: ['002 Why the High Watermark Matters'],
      corrections: [WRONG.lagWhenIsrShrinks],
      causedBy: [
        'REP-05',
        'REP-06',
        'REP-07',
        'REP-08',
        'REP-09',
        'REP-10',
        'REP-11',
        'REP-12',
        'REP-13',
        'REP-18',
        'BRK-01',
      ],
    },
  ),
  'BEH-04': fault(
    'an open transaction keeps the group from reading on',
    'A read_committed consumer stops at the last stable offset: before the first record of a transaction that is neither committed nor aborted.',
    {
      do: ['find the transaction, and whether anybody will still end it'],
      commands: ['diagnose transactions', 'lag {group} --isolation read_committed'],
      sources: ['003 Transaction Management', '003 Isolation Level'],
      causedBy: ['TXN-01', 'TXN-02'],
    },
  ),
  'BEH-05': fault(
    'the group has no coordinator that answers',
    'Its members can neither commit nor rejoin. Those that have partitions may go on reading; what they do is done again later.',
    {
      do: ['bring the partition of __consumer_offsets back that holds the group'],
      commands: ['isr __consumer_offsets', 'diagnose isr'],
      instead: [STATE],
      sources: ['003 Key Concepts (group coordinator)'],
      causedBy: [
        'REP-01',
        'REP-02',
        'REP-03',
        'REP-04',
        'REP-05',
        'REP-06',
        'REP-07',
        'REP-10',
        'DSK-01',
        'DSK-02',
        'DSK-10',
        'BRK-01',
      ],
    },
  ),
  'BEH-06': fault(
    'nobody reads: the group has no members',
    'All consumers are stopped, have crashed, or use another group id. Records pile up until retention deletes them.',
    {
      do: [
        'start them; look at why they ended before that',
        'if the group is not needed any more, delete it: its lag alarms for ever otherwise',
        'lag grows by what is written each second: reckon how long the retention leaves you',
      ],
      commands: ['diagnose commits -g {group}', 'groups describe {group}', 'lag {group} --watch'],
      instead: [DESCRIBE, LIST],
      sources: [GROWTH, MONITOR, '004 Handling Consumer Failures'],
      causedBy: ['COM-09', 'COM-03', 'COM-01', 'COM-02', 'COM-08', 'REP-02'],
    },
  ),
  'BEH-07': fault(
    'partitions are owned by no member, although the group has members',
    'The members subscribe to less than the group has committed, or the assignor left them out (a custom one, or members that subscribe differently).',
    {
      do: ['compare subscriptions and assignments', 'a rolling restart of the members assigns anew'],
      commands: ['groups describe {group} --assignments', 'groups describe {group} --members'],
      instead: [DESCRIBE],
      sources: [MONITOR, '001 Consumption Skew'],
    },
  ),
  'BEH-08': fault(
    'lag comes from rebalances',
    'While the group divides its work anew nothing is read, and what was not committed is read again. Lag rises, falls to zero, and rises again.',
    {
      do: ['find out why the group rebalances; adding consumers makes more of it'],
      commands: ['diagnose rebalance -g {group}', 'groups describe {group} --state'],
      instead: [STATE],
      sources: [LAG_TREE, '000 Why rebalance causes backlog, duplicates and data loss', MISTAKES],
      corrections: [WRONG.coordinatorWatchesPoll, WRONG.stickyIsCooperative],
      causedBy: [
        'REB-01',
        'REB-02',
        'REB-03',
        'REB-04',
        'REB-05',
        'REB-06',
        'REB-07',
        'REB-08',
        'REB-10',
        'REB-11',
        'REB-14',
        'REB-15',
        'DUP-03',
        'DUP-01',
        'LOS-01',
      ],
    },
  ),
  'BEH-09': fault(
    'one partition stands still at the same record: it cannot be processed',
    'Its member keeps its membership, the other partitions move, and this commit does not. A record fails each time it is tried (a poison pill), and everything behind it waits.',
    {
      do: [
        'look at the record',
        'mend the consumer so that it can take it, or step over it and keep it',
        'for the future: a dead-letter topic after a few tries, with topic, partition, offset and error in it',
      ],
      commands: [
        'offsets peek {group} {topic}:{partition}',
        'offsets skip {group} {topic}:{partition} --to-file pill.ndjson',
      ],
      instead: [
        ['kafka-dump-log.sh --files <segment> --print-data-log', 'offsets peek {group} {topic}:{partition}'],
        [
          'kafka-console-consumer.sh --topic <topic> --from-beginning --property print.offset=true',
          'offsets peek {group} {topic}:{partition}',
        ],
      ],
      sources: [DEAD_LETTER, '003 Consumer with Manual Offset Management and Retry', '003 Error Handling'],
      corrections: [WRONG.uncommittedComesAgain],
    },
  ),
  'BEH-10': fault(
    'no commit moves: the consumers hang, or fail on everything',
    'Members keep their membership, because heartbeats come from a thread of their own, and finish nothing: they wait for a lock or for what they call, or every record fails.',
    {
      do: [
        'take thread dumps; look for a connection pool that is empty, or a service that does not answer',
        'see whether they commit at all: enable.auto.commit=false and no commit in the code looks just like this',
      ],
      commands: ['lag {group} --by member', 'offsets peek {group} {topic}:{partition}', 'lag {group} --watch'],
      instead: [DESCRIBE],
      sources: [LAG_TREE, '003 Error Handling', '004 Offset Persistence Strategies'],
      corrections: [WRONG.pollHeartbeats, WRONG.describeLastPoll],
    },
  ),
  'BEH-11': advice(
    'the group is catching up',
    'It reads faster than is written. How long it takes is lag ÷ (rate read − rate written).',
    {
      do: ['wait, and watch that retention does not overtake it'],
      commands: ['lag {group} --watch', 'wait group {group} --for lag=0'],
      sources: [GROWTH],
    },
  ),
  'BEH-12': fault(
    'one key makes most of the records: its partition is hot',
    'Records of a key stay together in one partition, and that partition has one reader. More partitions or members do not divide a key.',
    {
      do: [
        'ask whether that much should come with this key: a default value, a test, one customer in a loop',
        'split the hot key alone, into a fixed number of parts, where its order does not matter',
        'inside the consumer process different sub-keys in parallel',
      ],
      commands: ['lag {group} --topic {topic} --window 10s', 'segments stats {log-dir}/{topic}-{partition} --deep'],
      instead: [ENDS],
      sources: [LAG_TREE, MISTAKES, SKEW, '002 Partition Key Design'],
      corrections: [WRONG.randomSalt, WRONG.oldTools],
    },
  ),
  'BEH-13': fault(
    'far more is written to some partitions than to the others',
    'The keys have few values, or values that are far from equally frequent (country, region, tenant); or a producer chooses partitions by itself. The hottest partition is the speed of the topic.',
    {
      do: [
        'count keys in that partition',
        'choose a key with more values; if order per key is not needed send without one',
        'more partitions help only if several keys share the hot one',
      ],
      commands: ['lag {group} --topic {topic} --window 10s', 'segments stats {log-dir}/{topic}-{partition} --deep'],
      instead: [ENDS],
      sources: [LAG_TREE, MISTAKES, SKEW, '002 Partition Key Design', '003 Partitioning Strategy'],
      corrections: [WRONG.randomSalt, WRONG.oldTools, WRONG.partitionsNeedDowntime],
    },
  ),
  'BEH-14': fault(
    'one member is slower than the others, or has more to do',
    'As much is written to its partitions as to others. Its host is slower, it calls something that is slow for it alone, or range gave it a partition more of every topic.',
    {
      do: [
        'compare its host with the others',
        'with several topics: cooperative-sticky or roundrobin divide evenly, range topic by topic',
      ],
      commands: ['lag {group} --by member', 'groups describe {group} --assignments'],
      instead: [DESCRIBE],
      sources: [SKEW, '001 Partition Assignment Strategies'],
      corrections: [WRONG.defaultAssignor],
    },
  ),
  'BEH-15': fault(
    'more members do not help: there are more of them than partitions',
    'Each partition has one reader in a group. The members beyond that are idle, and lag grows because as many readers as there are partitions cannot keep up.',
    {
      do: [
        'make processing cheaper first: batches, fewer round trips, work in parallel inside a member',
        'then more partitions: keys move to other ones, and order per key is broken at that moment',
        'take the idle members away, or keep one as a spare',
      ],
      commands: ['groups describe {group} --assignments', 'lag {group} --window 10s'],
      instead: [DESCRIBE],
      sources: [GUIDE, '001 Too Many Consumers', MISTAKES, '003 Consumer Group Sizing'],
      corrections: [WRONG.partitionsNeedDowntime, WRONG.consumersFormula, WRONG.powerOfTwo],
    },
  ),
  'BEH-16': fault(
    'the consumers are at the limit of their CPUs',
    'They do all they can. Either each record gets cheaper, or more of them share the work, as long as there are partitions for them.',
    {
      do: [
        'profile: parsing and logging are usual suspects, a compiled language the last resort',
        'more members while there are fewer than partitions; more partitions beyond that',
        'look whether one key or one partition makes most of it',
      ],
      commands: ['lag {group} --by member', 'groups describe {group} --assignments'],
      instead: [DESCRIBE],
      sources: [LAG_TREE, GUIDE],
      corrections: [WRONG.partitionsNeedDowntime],
    },
  ),
  'BEH-17': fault(
    'the group reads more slowly than records arrive',
    'All partitions lose ground alike, and the members are there and read. One member does max.poll.records ÷ time per batch records a second, or what its fetches bring, whichever is less; all together less than is written.',
    {
      do: [
        'measure how long a record takes, and where: calls downstream are nearly always it',
        'do them in batches or in parallel; then more members, up to the number of partitions',
        'reckon: members needed = rate written ÷ rate of one member, plus what catching up takes',
      ],
      commands: ['lag {group} --watch', 'lag {group} --by member', 'groups describe {group} --assignments'],
      instead: [DESCRIBE, LIST, STATE],
      sources: [LAG_TREE, GROWTH, RATE, '003 Consumer Lag', MONITOR],
      corrections: [WRONG.morePollRecords, WRONG.fetchMaxBytes, WRONG.consumersFormula],
      causedBy: ['BRK-01', 'REP-05'],
    },
  ),
  'BEH-18': fault(
    'the consumers wait for what they call',
    'Their CPUs are idle while the database or service takes its time. Records per second of a member are 1 ÷ the time of a call, if it calls once for each.',
    {
      do: [
        'one call for a batch instead of one for each record; several at a time where order allows it',
        'a timeout and a circuit breaker, so that a slow service does not become a rebalance',
        'more members, if what they call bears it',
      ],
      commands: ['lag {group} --by member', 'lag {group} --watch'],
      instead: [DESCRIBE],
      sources: [LAG_TREE, RATE],
      corrections: [WRONG.fetchMaxBytes, WRONG.morePollRecords],
    },
  ),
  'BEH-19': fault(
    'the consumers wait for records: their fetches are slow or small',
    'A distant cluster, a narrow network, or many small fetches. Per partition a fetch brings at most max.partition.fetch.bytes.',
    {
      do: [
        'raise fetch.min.bytes (100 KB) with fetch.max.wait.ms, then max.partition.fetch.bytes',
        'let consumers read from a replica in their own rack (client.rack)',
        'compress at the producers; larger receive.buffer.bytes over long distances',
      ],
      commands: ['lag {group} --window 10s', 'cluster'],
      sources: [LAG_TREE, RATE, '003 Memory Management', '001 What is Zero Copy'],
      corrections: [WRONG.fetchMaxBytes, WRONG.alwaysLeader],
    },
  ),
  'BEH-20': fault(
    'a quota holds clients back',
    'A broker delays its answers to whoever exceeds consumer_byte_rate or request_percentage. The client sees slow answers, no errors.',
    {
      do: [
        'see which quota applies to the user or client id, and whether it still fits: those for all users or clients are listed as default',
      ],
      commands: [...QUOTAS, 'lag {group} --watch'],
      sources: [RATE],
    },
  ),
  'BEH-21': sound('nothing is unread, or only what has just arrived', 'What is written is read within seconds.', {
    commands: ['lag {group}'],
    instead: [DESCRIBE],
    sources: [LAG_TREE, '003 Consumer Lag'],
  }),
  'BEH-22': fault(
    'offsets are committed, and the records do not arrive',
    'Commits are ahead of the work: automatic ones while other threads still process, a commit before processing, or exceptions that are caught and forgotten.',
    {
      do: ['find out which of these it is', 'set the group back to before the gap once it is mended'],
      commands: ['diagnose loss -g {group}', 'offsets reset {group} --to -1h'],
      sources: [LAG_TREE, '002 Quick Debug Cheat Sheet'],
      corrections: [WRONG.autoCommitMostOnce, WRONG.gapsAreLoss],
      causedBy: ['LOS-01', 'COM-01', 'COM-02', 'COM-03'],
    },
  ),
  'BEH-23': fault(
    'committed offsets do not fit the log: where the group goes on is not where it stopped',
    'They lie before its start, beyond its end, or are negative. auto.offset.reset decides what is read next: records are skipped, or read again.',
    {
      do: ['find out why, before a member is started', 'set the position explicitly'],
      commands: ['diagnose commits -g {group}', 'offsets show {group}'],
      sources: [MONITOR, '004 Detailed Offset Tracking'],
      causedBy: ['COM-01', 'COM-02', 'COM-03', 'COM-05'],
    },
  ),
  'BEH-24': fault(
    'somebody commits for the group without being a member: who reads for it is not seen',
    'Its members are gone, and its offsets move all the same. Its lag tells how far that other one has come, not how far the group has.',
    {
      do: ['find out who that is, before anything is set or started'],
      commands: ['diagnose commits -g {group}', 'lag {group} --watch'],
      sources: [MONITOR, '004 Offset Persistence Strategies'],
      causedBy: ['COM-09'],
    },
  ),
};
