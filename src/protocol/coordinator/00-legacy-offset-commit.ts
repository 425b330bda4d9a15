import { int32, int64, message, string } from '../schema/index.ts';

/** A committed offset under the first layout of `__consumer_offsets` (key type 0), as written before Kafka 0.9. */
export const LegacyOffsetCommitKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  },
});

/** The commit itself. Only version 0 exists. */
export const LegacyOffsetCommitValue = message({
  versions: '0',
  flexible: 'none',
  fields: {
    offset: int64('0'),
    metadata: string('0'),
    commitTimestamp: int64('0'),
  },
});
