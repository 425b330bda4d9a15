import { type ConfigDefinition, type ConfigType, define } from './definition.ts';

/** A broker setting that a topic takes its value from when it has none of its own. */
export interface Synonym {
  readonly name: string;
  /** What one of its units is in the topic setting's: 60,000 for minutes against milliseconds. */
  readonly scale: number;
}

export interface TopicConfigDefinition extends ConfigDefinition {
  /** From the one that wins to the last. */
  readonly synonyms: readonly Synonym[];
  readonly documentation: string;
  /** What its text looks like, and that in words. */
  readonly form?: { readonly pattern: RegExp; readonly words: string };
  /** Kafka knows it, and nothing here would follow: only these values can be set. Undefined: every valid value works. */
  readonly only?: readonly string[];
}

interface Extras {
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  readonly from?: readonly (string | readonly [string, number])[];
  readonly only?: readonly string[];
  readonly form?: TopicConfigDefinition['form'];
}

function topic(name: string, type: ConfigType, value: string, documentation: string, extras: Extras = {}) {
  const { from = [], only, form, ...limits } = extras;
  return {
    ...define(name, type, value, 'cluster-wide', limits),
    synonyms: from.map((synonym) =>
      typeof synonym === 'string' ? { name: synonym, scale: 1 } : { name: synonym[0], scale: synonym[1] },
    ),
    documentation,
    ...(only === undefined ? {} : { only }),
    ...(form === undefined ? {} : { form }),
  };
}

const THROTTLED = {
  pattern: /^\s*(\*|(\d+:\d+\s*(,\s*\d+:\d+\s*)*)?)\s*$/,
  words: 'Must be * for all replicas, or a list of [partitionId]:[brokerId], separated by commas',
};
const MINUTE = 60_000;
const HOUR = 3_600_000;
const LONG_MAX = '9223372036854775807';

/** Every topic setting of Kafka 4.3. Where 3.9 allowed more (segment.bytes from 14), so does this broker: small segments are for tests. */
export const TOPIC_DEFINITIONS: readonly TopicConfigDefinition[] = [
  topic(
    'cleanup.policy',
    'list',
    'delete',
    'What becomes of old segments: delete by age and size, compact by key, or both.',
    {
      values: ['compact', 'delete'],
      from: ['log.cleanup.policy'],
    },
  ),
  topic('compression.gzip.level', 'int', '-1', 'Level for gzip, were the broker to compress.', {
    min: -1,
    max: 9,
    from: ['compression.gzip.level'],
  }),
  topic('compression.lz4.level', 'int', '9', 'Level for lz4, were the broker to compress.', {
    min: 1,
    max: 17,
    from: ['compression.lz4.level'],
  }),
  topic(
    'compression.type',
    'string',
    'producer',
    'Codec of stored batches. This broker keeps the one of the producer.',
    {
      values: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
      from: ['compression.type'],
      only: ['producer'],
    },
  ),
  topic('compression.zstd.level', 'int', '3', 'Level for zstd, were the broker to compress.', {
    min: -131_072,
    max: 22,
    from: ['compression.zstd.level'],
  }),
  topic('delete.retention.ms', 'long', '86400000', 'How long compaction keeps tombstones.', {
    min: 0,
    from: ['log.cleaner.delete.retention.ms'],
  }),
  topic('file.delete.delay.ms', 'long', '60000', 'How long the files of a deleted segment stay on disk.', {
    min: 0,
    from: ['log.segment.delete.delay.ms'],
  }),
  topic('flush.messages', 'long', LONG_MAX, 'Flush to disk after so many records.', {
    min: 1,
    from: ['log.flush.interval.messages'],
  }),
  topic('flush.ms', 'long', LONG_MAX, 'Flush to disk after so much time.', {
    min: 0,
    from: ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
  }),
  topic(
    'follower.replication.throttled.replicas',
    'list',
    '',
    'Followers that replicate at most at the throttled rate, as partition:broker, or * for all.',
    { form: THROTTLED },
  ),
  topic('index.interval.bytes', 'int', '4096', 'Bytes of log between two entries of the offset index.', {
    min: 0,
    from: ['log.index.interval.bytes'],
  }),
  topic(
    'leader.replication.throttled.replicas',
    'list',
    '',
    'Leaders that serve replicas at most at the throttled rate, as partition:broker, or * for all.',
    { form: THROTTLED },
  ),
  topic('local.retention.bytes', 'long', '-2', 'Local part of tiered storage, by size; -2 follows retention.bytes.', {
    min: -2,
    from: ['log.local.retention.bytes'],
    only: ['-2'],
  }),
  topic('local.retention.ms', 'long', '-2', 'Local part of tiered storage, by age; -2 follows retention.ms.', {
    min: -2,
    from: ['log.local.retention.ms'],
    only: ['-2'],
  }),
  topic('max.compaction.lag.ms', 'long', LONG_MAX, 'Longest time that a record may stay out of reach of compaction.', {
    min: 1,
    from: ['log.cleaner.max.compaction.lag.ms'],
  }),
  topic('max.message.bytes', 'int', '1048588', 'Largest batch that is accepted, in bytes as sent.', {
    min: 0,
    from: ['message.max.bytes'],
  }),
  topic(
    'message.timestamp.after.max.ms',
    'long',
    '3600000',
    'How far ahead of the broker a record timestamp may lie (CreateTime).',
    { min: 0, from: ['log.message.timestamp.after.max.ms'] },
  ),
  topic(
    'message.timestamp.before.max.ms',
    'long',
    LONG_MAX,
    'How far behind the broker a record timestamp may lie (CreateTime).',
    { min: 0, from: ['log.message.timestamp.before.max.ms'] },
  ),
  topic('message.timestamp.type', 'string', 'CreateTime', 'Whose clock stamps records: the producer, or the broker.', {
    values: ['CreateTime', 'LogAppendTime'],
    from: ['log.message.timestamp.type'],
  }),
  topic('min.cleanable.dirty.ratio', 'double', '0.5', 'Share of a log that must be dirty before it is compacted.', {
    min: 0,
    max: 1,
    from: ['log.cleaner.min.cleanable.ratio'],
  }),
  topic('min.compaction.lag.ms', 'long', '0', 'Shortest time that a record is kept from compaction.', {
    min: 0,
    from: ['log.cleaner.min.compaction.lag.ms'],
  }),
  topic(
    'min.insync.replicas',
    'int',
    '1',
    'Replicas, the leader included, that must be in sync for a write with acks=all to be taken.',
    { min: 1, from: ['min.insync.replicas'] },
  ),
  topic('preallocate', 'boolean', 'false', 'Reserve the whole segment file when it is made.', {
    from: ['log.preallocate'],
    only: ['false'],
  }),
  topic('remote.log.copy.disable', 'boolean', 'false', 'Tiered storage: stop copying segments away.', {
    only: ['false'],
  }),
  topic('remote.log.delete.on.disable', 'boolean', 'false', 'Tiered storage: delete what was copied once it is off.', {
    only: ['false'],
  }),
  topic('remote.storage.enable', 'boolean', 'false', 'Tiered storage, which this broker does not have.', {
    only: ['false'],
  }),
  topic('retention.bytes', 'long', '-1', 'Bytes per partition beyond which old segments are deleted; -1 is no limit.', {
    from: ['log.retention.bytes'],
  }),
  topic('retention.ms', 'long', '604800000', 'Age beyond which segments are deleted; -1 is no limit.', {
    min: -1,
    from: ['log.retention.ms', ['log.retention.minutes', MINUTE], ['log.retention.hours', HOUR]],
  }),
  topic('segment.bytes', 'int', '1073741824', 'Size at which a new segment begins.', {
    min: 14,
    from: ['log.segment.bytes'],
  }),
  topic('segment.index.bytes', 'int', '10485760', 'Largest size of the index files of a segment.', {
    min: 4,
    from: ['log.index.size.max.bytes'],
  }),
  topic(
    'segment.jitter.ms',
    'long',
    '0',
    'Random part taken off segment.ms, so that segments do not roll all at once.',
    {
      min: 0,
      from: ['log.roll.jitter.ms', ['log.roll.jitter.hours', HOUR]],
    },
  ),
  topic('segment.ms', 'long', '604800000', 'Age at which a new segment begins with the next append.', {
    min: 1,
    from: ['log.roll.ms', ['log.roll.hours', HOUR]],
  }),
  topic(
    'unclean.leader.election.enable',
    'boolean',
    'false',
    'Whether a replica outside the ISR may lead as a last resort, at the price of records.',
    { from: ['unclean.leader.election.enable'] },
  ),
];
