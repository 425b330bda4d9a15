import { ConfigResourceType } from '../../protocol/config-resource.ts';
import { LeaderChangeMessage } from '../../protocol/data/leader-change-message.ts';
import { encodeMessage } from '../../protocol/schema/index.ts';
import { CONTROL_TYPES, encodeBatch } from '../../records/index.ts';
import { CLUSTER_DEFAULT } from '../config/node-config.ts';
import { type PendingRecord, pending } from '../metadata/record.ts';
import { ELR_FEATURE } from './decision.ts';

/** Feature levels of a new cluster, as Kafka 4.3 finalizes them: what clients turn their own features on by. */
const FEATURES = [
  ['metadata.version', 30],
  [ELR_FEATURE, 1],
  ['group.version', 1],
  ['transaction.version', 2],
] as const;

/** The first records of a cluster. With ELR, min.insync.replicas is always set for the whole cluster. */
export function bootstrapRecords(minInsyncReplicas: string): PendingRecord[] {
  return [
    pending('BeginTransactionRecord', { name: 'Bootstrap records' }),
    ...FEATURES.map(([name, featureLevel]) => pending('FeatureLevelRecord', { name, featureLevel })),
    pending('ConfigRecord', {
      resourceType: ConfigResourceType.broker,
      resourceName: CLUSTER_DEFAULT,
      name: 'min.insync.replicas',
      value: minInsyncReplicas,
    }),
    pending('EndTransactionRecord', {}),
  ];
}

/** The control batch that a controller's epoch begins with (KIP-595). */
export function leaderChangeBatch(options: {
  readonly leaderId: number;
  readonly voters: readonly number[];
  readonly granting: readonly number[];
  readonly baseOffset: number;
  readonly epoch: number;
  readonly timestamp: number;
}): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(CONTROL_TYPES.indexOf('LEADER_CHANGE'), 2);
  const message = {
    leaderId: options.leaderId,
    voters: options.voters.map((voterId) => ({ voterId })),
    grantingVoters: options.granting.map((voterId) => ({ voterId })),
  };
  return encodeBatch({
    records: [{ key, value: encodeMessage(LeaderChangeMessage, 0, message) }],
    baseOffset: options.baseOffset,
    partitionLeaderEpoch: options.epoch,
    timestamp: options.timestamp,
    isControl: true,
  });
}
