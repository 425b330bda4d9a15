import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, fault, question, setTopic, sound, sources } from './write.ts';

const OFFSETS = '__consumer_offsets';

/** Why `__consumer_offsets` grows. */
export const offsetsTopic: Tree = {
  id: 'offsets-topic',
  title: 'Why __consumer_offsets grows',
  subject: 'cluster',
  symptoms: [
    { id: 'offsets-topic-grows', text: '__consumer_offsets fills the disk', also: ['transactions', 'compaction'] },
  ],
  entry: 'offsets-topic-trouble',
  root: 'policy',
  questions: {
    policy: question({
      ask: 'Is __consumer_offsets compacted?',
      why: 'it is only small because old commits of the same partition are thrown away',
      how: 'kafka-configs.sh --describe --all --entity-type topics --entity-name __consumer_offsets',
      probe: 'offsets-policy',
      answers: { compact: ['yes', 'cleaner'], other: ['no', 'OFF-01'] },
    }),
    cleaner: question({
      ask: 'Do the brokers run the log cleaner?',
      why: 'a setting of old times switched it off to save memory',
      how: 'log.cleaner.enable in the brokers’ settings',
      probe: 'cleaner-enabled',
      answers: { on: ['yes', 'rate'], off: ['no', 'OFF-02'] },
      otherwise: 'rate',
    }),
    rate: question({
      ask: 'Does a group commit after every record?',
      why: 'each commit is a record in this topic, replicated three times',
      how: 'kmedic segments groups shows commits per group; the client’s code calls commitSync() inside the loop over records',
      probe: 'commit-rate',
      answers: { hot: ['yes, many times a second', 'OFF-03'], normal: ['no', 'transaction'] },
      otherwise: 'transaction',
    }),
    transaction: question({
      ask: 'Is a transaction open on it that nobody ends?',
      why: 'the cleaner stops before the first open transaction',
      how: 'kmedic diagnose transactions',
      probe: 'offsets-transaction',
      answers: { yes: ['yes', 'OFF-04'], no: ['no', 'segments'] },
      otherwise: 'segments',
    }),
    segments: question({
      ask: 'Are its segments larger than they should be?',
      why: 'the active segment is never cleaned; the default of 100 MB keeps that small',
      how: 'segment.bytes of the topic, offsets.topic.segment.bytes of the brokers',
      probe: 'offsets-segments',
      answers: { large: ['yes', 'OFF-05'], normal: ['no', 'dead-groups'] },
      otherwise: 'dead-groups',
    }),
    'dead-groups': question({
      ask: 'Are there many groups that nobody uses any more?',
      why: 'every partition that a group ever committed stays until offsets.retention.minutes (7 days) after it was left',
      how: 'kmedic groups list --state Empty',
      probe: 'dead-groups',
      answers: { many: ['yes', 'OFF-06'], few: ['no', 'OFF-07'] },
    }),
  },
  leaves: {
    'OFF-01': fault(
      '__consumer_offsets is not compacted',
      'With cleanup.policy=delete every commit ever made is kept until its retention, and after that commits in force are deleted as well: groups lose their positions.',
      {
        do: ['set cleanup.policy=compact on __consumer_offsets; the cleaner does the rest within minutes'],
        commands: [setTopic('cleanup.policy=compact', OFFSETS), 'cluster --show biggest'],
        sources: ['000 Why __consumer_offsets can fill your disk'],
        corrections: [WRONG.describeShowsPolicy],
      },
    ),
    'OFF-02': fault(
      'the log cleaner is switched off',
      'log.cleaner.enable=false: nothing is compacted on those brokers, __consumer_offsets first of all.',
      {
        do: ['remove the setting and restart the brokers one after the other'],
        commands: ['isr can-restart {broker}', 'cluster --show biggest'],
        sources: ['000 Why __consumer_offsets can fill your disk', '001 How Does Kafka Log Compaction Work'],
      },
    ),
    'OFF-03': fault(
      'a group commits far too often',
      'Somebody commits after every record, or with an interval of milliseconds. The topic grows faster than it is cleaned, and each commit costs the group a round trip and a replicated write.',
      {
        do: [
          'commit once per poll, or every few seconds: a crash then repeats that much, which it does anyway',
          'the space comes back by itself once the rate is normal',
        ],
        commands: ['groups describe {group}', 'segments groups {log-dir} --group {group}', 'offsets show {group}'],
        sources: ['000 Why __consumer_offsets can fill your disk', '003 Offset Commit Strategy', '002 Common mistakes'],
        corrections: [WRONG.backoffIsSchedule],
        causedBy: ['OFF-01', 'OFF-02'],
      },
    ),
    'OFF-04': fault(
      'an open transaction keeps __consumer_offsets from being cleaned',
      'The cleaner goes no further than the last stable offset. A transaction that nobody ends holds it for good.',
      {
        do: ['end the transaction'],
        commands: ['diagnose transactions'],
        sources: ['000 Why __consumer_offsets can fill your disk', '003 Transaction Management'],
        causedBy: ['TXN-01', 'TXN-02'],
      },
    ),
    'OFF-05': fault(
      'the segments of __consumer_offsets are too large',
      'The active segment is never cleaned, and each of the 50 partitions has one on each replica: with 1 GB segments that is up to 150 GB.',
      {
        do: [
          'set segment.bytes of the topic to 100 MB. Do not remove it: log.segment.bytes (1 GB) would take over, since offsets.topic.segment.bytes only counts when the topic is created',
        ],
        commands: [setTopic('segment.bytes=104857600', OFFSETS), 'cluster --show biggest'],
        sources: ['000 Why __consumer_offsets can fill your disk', '001 How Does Kafka Log Compaction Work'],
        corrections: [WRONG.forcedCompaction],
      },
    ),
    'OFF-06': advice(
      'many groups are empty, and still have commits',
      'Tools that invent a group name for every start (console consumers, tests) leave one behind each time.',
      {
        do: ['give such tools a fixed group, or none', 'delete what is not needed any more; the rest expires'],
        commands: ['groups list --state Empty', 'groups delete {group}'],
        sources: ['000 Why __consumer_offsets can fill your disk'],
      },
    ),
    'OFF-07': sound(
      '__consumer_offsets is as it should be',
      'It is compacted, and nobody commits faster than it is cleaned.',
      { commands: ['cluster --show biggest'], sources: ['000 Why __consumer_offsets can fill your disk'] },
    ),
  },
  sources: sources('000 Why __consumer_offsets can fill your disk'),
};
