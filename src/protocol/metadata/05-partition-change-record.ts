import { array, int8, int32, message, uuid } from '../schema/index.ts';

/**
 * What changed in a partition; a tag that is absent means no change. A leader of -1 is none, -2 is no change.
 *
 * v0     ISR, leader, replicas, reassignment
 * v1     log directories (KIP-858)
 * v2     eligible leader replicas (KIP-966)
 */
export const PartitionChangeRecord = message({
  versions: '0-2',
  flexible: '0+',
  fields: {
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    isr: array('0+', 'int32', { nullable: '0+', tag: 0, default: null }),
    leader: int32('0+', { tag: 1, default: -2 }),
    replicas: array('0+', 'int32', { nullable: '0+', tag: 2, default: null }),
    removingReplicas: array('0+', 'int32', { nullable: '0+', tag: 3, default: null }),
    addingReplicas: array('0+', 'int32', { nullable: '0+', tag: 4, default: null }),
    leaderRecoveryState: int8('0+', { tag: 5, default: -1 }),
    directories: array('1+', 'uuid', { nullable: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: array('2+', 'int32', { nullable: '2+', tag: 6, default: null }),
    lastKnownElr: array('2+', 'int32', { nullable: '2+', tag: 7, default: null }),
  },
});
