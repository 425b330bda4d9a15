import { array, int8, int32, message, string, uuid } from '../schema/index.ts';

const topicPartitions = {
  topicId: uuid('0+'),
  partitions: array('0+', 'int32'),
  assignmentEpochs: array('0+', 'int32', { nullable: '0+', tag: 0 }),
};

/** What a member of a consumer group owns now (key type 8). */
export const ConsumerGroupCurrentMemberAssignmentKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

/** Epochs, state (0 stable, 1 partitions to revoke, 2 waits for others' partitions) and partitions of a member. */
export const ConsumerGroupCurrentMemberAssignmentValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    memberEpoch: int32('0+'),
    previousMemberEpoch: int32('0+'),
    state: int8('0+'),
    assignedPartitions: array('0+', topicPartitions),
    partitionsPendingRevocation: array('0+', topicPartitions),
  },
});
