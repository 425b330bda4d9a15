import { array, int8, int32, message, string, uuid } from '../schema/index.ts';

const topicPartitions = {
  topicId: uuid('0+'),
  partitions: array('0+', 'int32'),
};

/** What a member of a share group reads from now (key type 14). */
export const ShareGroupCurrentMemberAssignmentKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

/** Epochs, state and partitions of a member. */
export const ShareGroupCurrentMemberAssignmentValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    memberEpoch: int32('0+'),
    previousMemberEpoch: int32('0+'),
    state: int8('0+'),
    assignedPartitions: array('0+', topicPartitions),
  },
});
