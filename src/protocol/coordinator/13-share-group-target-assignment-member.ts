import { array, message, string, uuid } from '../schema/index.ts';

export const ShareGroupTargetAssignmentMemberKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

export const ShareGroupTargetAssignmentMemberValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topicPartitions: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', 'int32'),
    }),
  },
});
