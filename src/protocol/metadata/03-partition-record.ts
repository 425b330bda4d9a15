import { array, int8, int32, message, uuid } from '../schema/index.ts';

/**
 * A partition as it was created.
 *
 * v0     replicas, ISR, leader and epochs
 * v1     log directory of each replica (KIP-858)
 * v2     eligible leader replicas, as tags (KIP-966)
 */
export const PartitionRecord = message({
  versions: '0-2',
  flexible: '0+',
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    replicas: array('0+', 'int32'),
    isr: array('0+', 'int32'),
    removingReplicas: array('0+', 'int32'),
    addingReplicas: array('0+', 'int32'),
    leader: int32('0+', { default: -1 }),
    leaderRecoveryState: int8('0+', { tag: 0 }),
    leaderEpoch: int32('0+', { default: -1 }),
    partitionEpoch: int32('0+', { default: -1 }),
    directories: array('1+', 'uuid'),
    eligibleLeaderReplicas: array('2+', 'int32', { nullable: '2+', tag: 1, default: null }),
    lastKnownElr: array('2+', 'int32', { nullable: '2+', tag: 2, default: null }),
  },
});
