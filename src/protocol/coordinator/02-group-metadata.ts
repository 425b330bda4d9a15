import { array, bytes, int32, int64, message, string } from '../schema/index.ts';

const memberMetadata = {
  memberId: string('0+'),
  groupInstanceId: string('3+', { nullable: '3+', default: null, ignorable: true }),
  clientId: string('0+'),
  clientHost: string('0+'),
  rebalanceTimeout: int32('1+', { default: -1, ignorable: true }),
  sessionTimeout: int32('0+'),
  subscription: bytes('0+'),
  assignment: bytes('0+'),
};

/** A classic group (key type 2). */
export const GroupMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0'),
  },
});

/**
 * A generation of a classic group: its members with their subscriptions and assignments. No members: an empty group.
 *
 * v0     protocol, generation, leader, members
 * v1     rebalance timeout per member (KIP-62)
 * v2     time of the last change of state (KIP-211)
 * v3     group instance id per member (KIP-345). What Kafka writes today
 * v4     first flexible version (KIP-915); read, not written
 */
export const GroupMetadataValue = message({
  versions: '0-4',
  flexible: '4+',
  fields: {
    protocolType: string('0+'),
    generation: int32('0+'),
    protocol: string('0+', { nullable: '0+' }),
    leader: string('0+', { nullable: '0+' }),
    currentStateTimestamp: int64('2+', { default: -1, ignorable: true }),
    members: array('0+', memberMetadata),
  },
});
