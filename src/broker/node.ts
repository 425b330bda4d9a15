import type { DiskSpace } from '../log/disk.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { AppendOrigin } from '../log/types.ts';
import type { Log, Random, Scheduler } from './env.ts';
import type { ActiveFault } from './fault/index.ts';
import type { ImageListener, MetadataImage } from './image.ts';
import type { CallController, Network } from './network.ts';

/** One broker of the cluster, as its handlers and coordinators see it. */
export interface Node {
  readonly id: number;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly log: Log;
  readonly network: Network;
  readonly config: NodeConfig;
  /** The faults of the whole cluster; absent where none can be injected. */
  readonly faults?: { active(): readonly ActiveFault[] };
  image(): MetadataImage;
  /** Told of every new image after the node's replicas have followed it. */
  onImage(listener: ImageListener): void;
  readonly replicas: Replicas;
  /** The volume of its log directory; null where there is none (in memory), or nobody tells. */
  diskSpace(): DiskSpace | null;
  readonly callController: CallController;
}

/** Settings of a node, static (`--config k=v`) overlaid by dynamic ones; names and defaults are Kafka's broker configs. */
export interface NodeConfig {
  number(name: string): number;
  string(name: string): string;
  boolean(name: string): boolean;
}

/** Who has to have what was appended before it is acknowledged: -1 all of the ISR, 1 the leader, 0 nobody. */
export type Acks = -1 | 0 | 1;

export interface AppendOutcome {
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly message: string | null;
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string | null }[];
}

export interface Replicas {
  /** The replica on this node, or undefined where this node holds none. */
  get(topic: string, partition: number): Replica | undefined;
  all(): Iterable<Replica>;
  /** Whether the log directory has failed: there are no replicas until the node is started again. */
  readonly isOffline: boolean;
  /**
   * Appends one client batch (or a coordinator's) to a partition that this node leads, and is done when `acks` is
   * satisfied. Never throws for what a client can cause.
   */
  append(
    topic: string,
    partition: number,
    records: Buffer,
    acks: Acks,
    timeoutMs: number,
    origin: AppendOrigin,
    done: (outcome: AppendOutcome) => void,
  ): void;
}

/** One replica of a partition on this node, leader or follower. */
export interface Replica {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly log: PartitionLog;
  readonly isLeader: boolean;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  /** min(high watermark, first open transaction). */
  readonly lastStableOffset: number;
}
