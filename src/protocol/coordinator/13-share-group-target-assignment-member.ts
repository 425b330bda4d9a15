import { array, message, string, uuid } from '../schema/index.ts';

/** The target assignment of one member of a share group (key type 13). */
export const ShareGroupTargetAssignmentMemberKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

/** The partitions that the member shall read from. */
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
