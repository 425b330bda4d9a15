import { array, message, string, uuid } from '../schema/index.ts';

const topicPartitionsInfo = {
  topicId: uuid('0+'),
  topicName: string('0+'),
  partitions: array('0+', 'int32'),
};

const topicInfo = {
  topicId: uuid('0+'),
  topicName: string('0+'),
};

/** For which partitions a share group has state (key type 15). */
export const ShareGroupStatePartitionMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/** Partitions whose state is being made, is there, or is being deleted. */
export const ShareGroupStatePartitionMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    initializingTopics: array('0+', topicPartitionsInfo),
    initializedTopics: array('0+', topicPartitionsInfo),
    deletingTopics: array('0+', topicInfo),
  },
});
