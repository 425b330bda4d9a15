import { array, bytes, int32, message, string } from '../schema/index.ts';

/**
 * What a member of a classic group wants to read. The int16 version stands before it; never flexible.
 *
 * v0     topics, and bytes for the assignor
 * v1     partitions that it owns, for incremental rebalancing (KIP-429)
 * v2     generation in which it owned them (KIP-792)
 * v3     rack (KIP-881)
 */
export const ConsumerProtocolSubscription = message({
  versions: '0-3',
  flexible: 'none',
  fields: {
    topics: array('0+', 'string'),
    userData: bytes('0+', { nullable: '0+', default: null }),
    ownedPartitions: array(
      '1+',
      {
        topic: string('1+'),
        partitions: array('1+', 'int32'),
      },
      { ignorable: true },
    ),
    generationId: int32('2+', { default: -1, ignorable: true }),
    rackId: string('3+', { nullable: '3+', default: null, ignorable: true }),
  },
});
