import { int32, int64, message, string } from '../schema/index.ts';

/** The target assignment of a share group as a whole (key type 12). */
export const ShareGroupTargetAssignmentMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/** Epoch of the target assignment. */
export const ShareGroupTargetAssignmentMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: int64('0+', { tag: 0, ignorable: true }),
  },
});
