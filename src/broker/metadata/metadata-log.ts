import { type Disk, DiskError, readFile, replaceFile } from '../../log/disk.ts';
import { PartitionLog } from '../../log/partition-log.ts';
import type { LogConfig } from '../../log/types.ts';
import { METADATA_TOPIC } from '../../protocol/internal-topics.ts';
import type { Random } from '../env.ts';
import { METADATA_TOPIC_ID } from './topic-name.ts';

const DIRECTORY = `${METADATA_TOPIC}-0`;
const QUORUM_STATE = `${DIRECTORY}/quorum-state`;
const NEVER = 2 ** 53;

/** The metadata log is never cut from the front: a node that starts replays all of it. */
const CONFIG: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: NEVER,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  retentionMs: -1,
  retentionBytes: -1,
  maxMessageBytes: 104_857_600,
  messageTimestampType: 'CreateTime',
  flushMessages: NEVER,
  flushMs: NEVER,
  fileDeleteDelayMs: 0,
  cleanupPolicy: { delete: false, compact: false },
};

/** Whom a node last took for the controller, and in which epoch: Kafka's `quorum-state` file. */
export interface QuorumState {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** Opens a node's copy of `__cluster_metadata-0`. The directory is one that Kafka's own tools read. */
export function openMetadataLog(options: {
  readonly disk: Disk;
  readonly now: () => number;
  readonly random: Random;
}): PartitionLog {
  return PartitionLog.open({
    disk: options.disk,
    directory: DIRECTORY,
    topic: METADATA_TOPIC,
    partition: 0,
    topicId: METADATA_TOPIC_ID,
    config: () => CONFIG,
    now: options.now,
    random: options.random,
    recoverFrom: 0,
    cleanShutdown: false,
  });
}

/** What the node noted last; no leader and epoch 0 where it never did. Throws DiskError for a file that says something else. */
export function readQuorumState(disk: Disk): QuorumState {
  const content = readFile(disk, QUORUM_STATE);
  if (content === null) return { leaderId: -1, leaderEpoch: 0 };
  const state = parseJson(content.toString('utf8'));
  if (typeof state !== 'object' || state === null || !('leaderEpoch' in state) || !('leaderId' in state)) {
    throw new DiskError('failed', `${QUORUM_STATE} names no leader and epoch`);
  }
  return { leaderId: Number(state.leaderId), leaderEpoch: Number(state.leaderEpoch) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DiskError('failed', `${QUORUM_STATE} is no JSON`, { cause: error });
  }
}

/** Notes whom this node takes for the controller, durably. */
export function writeQuorumState(disk: Disk, state: QuorumState, voters: readonly number[]): void {
  const content = {
    clusterId: '',
    leaderId: state.leaderId,
    leaderEpoch: state.leaderEpoch,
    votedId: -1,
    appliedOffset: 0,
    currentVoters: voters.map((voterId) => ({ voterId })),
    data_version: 0,
  };
  replaceFile(disk, QUORUM_STATE, Buffer.from(JSON.stringify(content)));
}
