import { array, int32, message, string, uuid } from '../schema/index.ts';

/**
 * Partition counts of subscribed topics (key type 4): written by Kafka 4.0 and older, a hash in the group's record
 * since.
 */
export const ConsumerGroupPartitionMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/** The topics that a group's epoch was computed from. */
export const ConsumerGroupPartitionMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topics: array('0+', {
      topicId: uuid('0+'),
      topicName: string('0+'),
      numPartitions: int32('0+'),
      partitionMetadata: array('0+', {
        partition: int32('0+'),
        racks: array('0+', 'string'),
      }),
    }),
  },
});
