import { int32, int64, message, string } from '../schema/index.ts';

/** The target assignment of a streams group as a whole (key type 20). */
export const StreamsGroupTargetAssignmentMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/** Epoch of the target assignment. */
export const StreamsGroupTargetAssignmentMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: int64('0+', { tag: 0, ignorable: true }),
  },
});
