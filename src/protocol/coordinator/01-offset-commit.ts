import { int32, int64, message, string, uuid } from '../schema/index.ts';

/** Which commit: group, topic and partition (key type 1). */
export const OffsetCommitKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  },
});

/**
 * A committed offset.
 *
 * v0     offset, metadata, commit timestamp
 * v1     expire timestamp; written only when a commit carries its own expiry
 * v2     without the expire timestamp (KIP-211)
 * v3     leader epoch (KIP-320)
 * v4     first flexible version; topic id, as a tag (KIP-848). Written since 4.1, so a reader must know it
 */
export const OffsetCommitValue = message({
  versions: '0-4',
  flexible: '4+',
  fields: {
    offset: int64('0+'),
    leaderEpoch: int32('3+', { default: -1, ignorable: true }),
    metadata: string('0+'),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { default: -1, ignorable: true }),
    topicId: uuid('4+', { tag: 0, ignorable: true }),
  },
});
