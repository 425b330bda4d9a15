import { array, int8, int16, int32, int64, message, string, uuid } from '../schema/index.ts';

/** A share partition (`__share_group_state`, key type 1; KIP-932). */
export const ShareUpdateKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    topicId: uuid('0'),
    partition: int32('0'),
  },
});

/** What changed in a share partition since its last snapshot. */
export const ShareUpdateValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    snapshotEpoch: int32('0+'),
    leaderEpoch: int32('0+'),
    startOffset: int64('0+'),
    deliveryCompleteCount: int32('0+', { tag: 0, default: -1 }),
    stateBatches: array('0+', {
      firstOffset: int64('0+'),
      lastOffset: int64('0+'),
      deliveryState: int8('0+'),
      deliveryCount: int16('0+'),
    }),
  },
});
