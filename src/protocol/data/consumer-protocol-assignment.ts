import { array, bytes, message, string } from '../schema/index.ts';

/** ConsumerProtocolAssignment */
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
