import { array, bytes, message, string } from '../schema/index.ts';

/**
 * The partitions that a classic group's leader gives to one member. The int16 version stands before it; never flexible.
 *
 * v0     partitions by topic, and bytes for the assignor
 * v1-3   no change: the version follows that of the subscription
 */
export const ConsumerProtocolAssignment = message({
  versions: '0-3',
  flexible: 'none',
  fields: {
    assignedPartitions: array('0+', {
      topic: string('0+'),
      partitions: array('0+', 'int32'),
    }),
    userData: bytes('0+', { nullable: '0+', default: null }),
  },
});
