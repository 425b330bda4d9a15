import { int32, int64, message, string } from '../schema/index.ts';

export const StreamsGroupTargetAssignmentMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

export const StreamsGroupTargetAssignmentMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    assignmentEpoch: int32('0+'),
    assignmentTimestamp: int64('0+', { tag: 0, ignorable: true }),
  },
});
