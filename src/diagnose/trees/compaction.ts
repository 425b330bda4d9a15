import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, fault, question, setTopic, sound, sources } from './write.ts';

const TREE_002 = '002 Kafka Compaction Decision Tree';
const SHEET = '002 Quick Debug Cheat Sheet';
const CONDITIONS = '001 How Does Kafka Log Compaction Work';

const STATS = 'segments stats {log-dir}/{topic}-{partition} --by segment --cleanup-policy compact';
const VERIFY = 'segments verify {log-dir}/{topic}-{partition}';
const DEEP = 'diagnose compaction -t {topic} --log-dir {log-dir}';
const DESCRIBE = [
  'kafka-topics.sh --describe --topic <topic> | grep cleanup.policy',
  'diagnose compaction -t {topic}',
] as const;
const OLDEST = [
  'kafka-run-class.sh kafka.tools.GetOffsetShell --topic <topic> --time -2',
  'segments stats {log-dir}/{topic}-{partition} --by segment',
] as const;

/** Whether a topic should be compacted, and why it is not. */
export const compaction: Tree = {
  id: 'compaction',
  title: 'Log compaction',
  subject: 'topic',
  symptoms: [
    {
      id: 'compaction-stuck',
      text: 'compaction does not clean',
      also: ['disk', 'offsets-topic', 'transactions'],
    },
    {
      id: 'segment-damaged',
      text: 'a segment seems damaged, or offsets are missing',
      start: 'damage',
      also: ['disk'],
    },
  ],
  entry: 'compaction-trouble',
  root: 'policy',
  questions: {
    damage: question({
      ask: 'Is a batch damaged, and where?',
      why: 'a batch that is damaged on one broker has a sound copy on another; offsets that are missing are nearly always no damage',
      how: 'kmedic segments verify on the partition’s directory, on every broker that has a replica',
      answers: {
        one: ['yes, on some replicas; another one is sound', 'CMP-13'],
        every: ['yes, on every replica', 'CMP-14'],
        gaps: ['no: the files are sound, offsets are missing', 'CMP-15'],
      },
    }),
    policy: question({
      ask: 'Is the topic compacted?',
      why: 'without cleanup.policy=compact records go by age and size only',
      how: 'kafka-configs.sh --describe --all --entity-type topics --entity-name <topic>',
      probe: 'cleanup-policy',
      answers: { delete: ['no', 'content'], compact: ['yes', 'cleaner'] },
    }),
    content: question({
      ask: 'What is in it?',
      why: 'events are all needed for a while, states only in their newest version',
      how: 'ask whoever writes it: does a record replace an older one of the same key?',
      answers: {
        events: ['events: each stands for itself', 'CMP-01'],
        states: ['states: the newest of each key counts', 'CMP-02'],
        little: ['hardly anything (less than a thousand records a day)', 'CMP-03'],
      },
      otherwise: 'CMP-01',
    }),
    cleaner: question({
      ask: 'Does the log cleaner run?',
      why: 'nothing is compacted without it',
      how: 'log.cleaner.enable of the brokers; the thread kafka-log-cleaner-thread in a thread dump',
      probe: 'cleaner-enabled',
      answers: { on: ['yes', 'transaction'], off: ['no', 'CMP-04'] },
      otherwise: 'transaction',
    }),
    transaction: question({
      ask: 'Is a transaction open on it that nobody ends?',
      why: 'the cleaner stops before the first open transaction',
      how: 'kmedic diagnose transactions',
      probe: 'topic-transaction',
      answers: { yes: ['yes', 'CMP-05'], no: ['no', 'settings'] },
      otherwise: 'settings',
    }),
    settings: question({
      ask: 'Does a setting keep records from being cleaned?',
      why: 'only what lies before the active segment, is old enough, and makes up enough of the log is cleaned',
      how: 'segment.bytes, segment.ms, min.cleanable.dirty.ratio, min.compaction.lag.ms of the topic, beside its size',
      probe: 'compaction-settings',
      answers: {
        lag: ['yes, min.compaction.lag.ms', 'CMP-08'],
        ratio: ['yes, min.cleanable.dirty.ratio', 'CMP-07'],
        'active-segment': ['yes, everything is in the active segment', 'CMP-06'],
        no: ['no', 'files'],
      },
    }),
    files: question({
      ask: 'What do the broker’s files say?',
      why: 'a cleaner that has met a damaged batch leaves that partition alone, and goes on with the others',
      how: 'kmedic diagnose compaction --log-dir on the broker’s host; uncleanable-partitions-count by JMX; log-cleaner.log',
      probe: 'compaction-files',
      answers: {
        stopped: ['far more is dirty than the ratio allows, and it is not cleaned', 'CMP-09'],
        clean: ['it is clean', 'CMP-11'],
      },
      otherwise: 'CMP-12',
    }),
  },
  leaves: {
    'CMP-01': sound(
      'the topic is not compacted, which is right for events',
      'With cleanup.policy=delete no record replaces another one; age or size decides how long they stay. That is right where each record stands for itself, and wrong where the newest of each key is what counts.',
      {
        do: ['for events: retention.ms, and retention.bytes as a safeguard; for states: cleanup.policy=compact'],
        commands: ['cluster --show biggest'],
        sources: [TREE_002],
        corrections: [WRONG.describeShowsPolicy],
      },
    ),
    'CMP-02': advice(
      'states belong into a topic with cleanup.policy=compact',
      'The newest record of every key stays for ever, older ones are thrown away. A record without a value (a tombstone) removes its key, and stays visible for delete.retention.ms.',
      {
        do: [
          'make sure that every record has a key: those without are refused afterwards, and old ones deleted',
          'set cleanup.policy=compact; if keys should expire as well, cleanup.policy=[compact,delete] with a retention',
        ],
        commands: [setTopic('cleanup.policy=compact'), 'segments stats {log-dir}/{topic}-{partition} --deep'],
        sources: [TREE_002, CONDITIONS],
        corrections: [WRONG.keylessStay, WRONG.backoffIsSchedule],
      },
    ),
    'CMP-03': advice(
      'a topic with hardly any records needs no compaction: give it smaller segments in time',
      'Segments roll by bytes, which takes months here, or by time. segment.ms decides when old records can go, not segment.bytes.',
      {
        do: ['segment.ms of a day or so, and a retention; leave segment.bytes alone'],
        commands: [setTopic('segment.ms=86400000'), 'segments stats {log-dir}/{topic}-{partition} --by segment'],
        sources: [TREE_002],
        corrections: [WRONG.activeStays],
      },
    ),
    'CMP-04': fault(
      'the log cleaner is switched off on a broker',
      'log.cleaner.enable=false: no topic is compacted there.',
      {
        do: ['remove the setting, restart the brokers one after the other'],
        commands: ['isr can-restart {broker}', DEEP],
        instead: [DESCRIBE],
        sources: [CONDITIONS, SHEET],
        causedBy: ['OFF-02'],
      },
    ),
    'CMP-05': fault(
      'an open transaction stops the cleaner',
      'It cleans up to the first open transaction and no further. One that nobody ends stops it for good.',
      {
        do: ['end the transaction'],
        commands: ['diagnose transactions', DEEP],
        sources: ['003 Transaction Management', CONDITIONS],
        causedBy: ['TXN-01', 'TXN-02'],
      },
    ),
    'CMP-06': fault(
      'everything is in the active segment, which is never compacted',
      'The partition is smaller than segment.bytes, and segment.ms has not passed: no segment was closed. An idle partition never closes one: that takes an append.',
      {
        do: [
          'lower segment.ms (an hour) or segment.bytes (at least 1 MiB since 4.0)',
          'or set max.compaction.lag.ms: it closes segments in time as well, with the next append',
        ],
        commands: [setTopic('segment.ms=3600000'), STATS, DEEP],
        instead: [
          OLDEST,
          DESCRIBE,
          ['kafka-leader-election.sh', 'segments stats {log-dir}/{topic}-{partition} --by segment'],
        ],
        sources: [SHEET, TREE_002, CONDITIONS],
        corrections: [WRONG.forcedCompaction, WRONG.forcedRoll, WRONG.activeStays],
      },
    ),
    'CMP-07': fault(
      'min.cleanable.dirty.ratio is so high that it is hardly ever reached',
      'A log is cleaned when so much of it is new since the last time. At 1 that is never; at 0.5 (the default) up to half of it may be outdated.',
      {
        do: [
          'lower it: 0.5, or 0.1 where space matters more than disk traffic',
          'or set max.compaction.lag.ms, which does not ask for the ratio',
        ],
        commands: [setTopic('min.cleanable.dirty.ratio=0.1'), STATS, DEEP],
        instead: [DESCRIBE, OLDEST],
        sources: [SHEET, CONDITIONS],
        corrections: [WRONG.ratioHalf, WRONG.forcedCompaction],
      },
    ),
    'CMP-08': fault(
      'min.compaction.lag.ms keeps records from being cleaned',
      'Records younger than that are left alone, and with them the rest of their segment.',
      {
        do: ['lower it to how far behind the slowest reader may be that wants every version; 0 is the default'],
        commands: [setTopic('min.compaction.lag.ms=0'), STATS, DEEP],
        instead: [DESCRIBE],
        sources: [SHEET, CONDITIONS],
        corrections: [WRONG.ratioHalf],
      },
    ),
    'CMP-09': fault(
      'the cleaner has given this partition up',
      'Far more is dirty than the setting allows, in closed segments that are old enough. A damaged batch or a failed disk makes the cleaner mark a partition as uncleanable, until the broker restarts.',
      {
        do: [
          'verify its files',
          'damaged on this broker only: stop the broker, move that partition’s directory away, start it: it fetches a sound copy from the leader. If it leads, its leadership moves when it stops, as long as another replica is in sync',
          'damaged everywhere: salvage what is sound',
        ],
        commands: [
          VERIFY,
          'segments diff broker1/{topic}-{partition} broker2/{topic}-{partition}',
          'isr can-restart {broker}',
        ],
        instead: [
          ['kafka-dump-log.sh --files <segment>', VERIFY],
          ['kafka-reassign-partitions.sh', 'isr can-restart {broker}'],
        ],
        sources: [TREE_002, SHEET],
        corrections: [WRONG.forcedCompaction],
      },
    ),
    'CMP-11': sound(
      'it is compacted as it should be',
      'What is dirty is less than the settings allow. The newest part always holds several versions of a key.',
      {
        commands: [STATS],
        sources: [CONDITIONS],
      },
    ),
    'CMP-13': fault(
      'one replica is damaged: it can be fetched anew from a sound one',
      'A replica is a copy. The broker that finds an empty directory copies everything from the leader; only a damaged leader has to give up its leadership first.',
      {
        do: [
          'if the damaged one leads: see that another replica is in sync, then stop its broker; the leadership moves',
          'with that broker stopped move the partition’s directory away (do not delete it yet), and start it again',
          'look for the reason: a dying disk damages the next one as well',
        ],
        commands: [
          'isr {topic} -o wide',
          'isr can-restart {broker}',
          'segments diff broker1/{topic}-{partition} broker2/{topic}-{partition}',
          'wait isr {topic} --for healthy',
        ],
        instead: [
          ['kafka-dump-log.sh --files <segment>', VERIFY],
          ['kafka-reassign-partitions.sh', 'isr can-restart {broker}'],
        ],
        sources: [TREE_002],
        corrections: [WRONG.forcedCompaction],
      },
    ),
    'CMP-14': fault(
      'every replica is damaged: save what is sound',
      'A follower copies batches as they are, so a batch that was damaged before it was replicated is damaged everywhere. Readers stop there with CorruptRecordException.',
      {
        do: [
          'copy the sound batches out, and see which offsets are lost',
          'let the group step over the damaged batch: to the first offset behind it',
          'ask the producers to send what is missing',
        ],
        commands: [
          VERIFY,
          'segments salvage {log-dir}/{topic}-{partition} {topic}-{partition}.salvaged',
          "offsets seek {group} '{topic}:{partition}=<offset>'",
        ],
        instead: [['kafka-dump-log.sh --files <segment>', VERIFY]],
        sources: [TREE_002],
      },
    ),
    'CMP-15': sound(
      'gaps between offsets are normal',
      'Compaction removes records, transactions take an offset for each marker, and aborted batches are not shown. Nothing is lost by a gap.',
      {
        do: ['to know whether a record is missing look for it by key or time, not by offset'],
        commands: ['segments find {log-dir}/{topic}-{partition} --key <key>', VERIFY],
        instead: [
          ['kafka-dump-log.sh --files <segment> --print-data-log', 'segments dump {log-dir}/{topic}-{partition}'],
        ],
        sources: [TREE_002],
        corrections: [WRONG.gapsAreLoss],
      },
    ),
    'CMP-12': advice(
      'the settings do not stand in the way: look at the files',
      'How much is dirty, and how far the cleaner came, is in the log directory only (cleaner-offset-checkpoint).',
      {
        do: [
          'run the diagnosis on a host that has the files, or on a copy of the partition’s directory and the checkpoint',
        ],
        commands: [DEEP, STATS],
        instead: [OLDEST],
        sources: [SHEET],
        corrections: [WRONG.forcedCompaction],
      },
    ),
  },
  sources: sources(TREE_002, SHEET, CONDITIONS),
};
