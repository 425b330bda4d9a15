import { DiskError } from '../../log/disk.ts';
import type { AppendOrigin } from '../../log/types.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { TopicConfig } from '../config/topic-config.ts';
import { isActive } from '../controller/decision.ts';
import { type Log, reasonOf, type Scheduler, type Timer, wallTime } from '../env.ts';
import type { ImageDelta, MetadataImage, PartitionImage, TopicImage } from '../image.ts';
import type {
  AlterPartitionRequest,
  AnswerTo,
  Network,
  ReplicaFetchRequest,
  ReplicaFetchResponse,
} from '../network.ts';
import type { Acks, AppendOutcome, NodeConfig, Replicas } from '../node.ts';
import { Fetcher } from './fetcher.ts';
import { LogCleaner } from './log-cleaner.ts';
import type { LogStore } from './log-store.ts';
import { failure, PartitionReplica, type ReplicaEnv } from './replica.ts';
import { ReplicaFetchServer } from './replica-fetch.ts';
import { ReplicationQuota } from './throttle.ts';

export interface ReplicaManagerOptions {
  readonly nodeId: number;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly log: Log;
  readonly config: NodeConfig;
  readonly store: LogStore;
  topicConfig(image: MetadataImage, topic: string): TopicConfig;
  /** The log directory cannot be used any more; why, in words. */
  logDirFailed(reason: string): void;
  alterPartition(request: AlterPartitionRequest, done: AnswerTo<'alterPartition'>): void;
}

/** The replicas of one node: made, led, followed and dropped as the metadata says. */
export class ReplicaManager implements Replicas {
  readonly #options: ReplicaManagerOptions;
  readonly #byName = new Map<string, Map<number, PartitionReplica>>();
  readonly #byId = new Map<string, Map<number, PartitionReplica>>();
  readonly #fetchers = new Map<number, Fetcher>();
  readonly #server: ReplicaFetchServer;
  readonly #followerQuota: ReplicationQuota;
  readonly #cleaner: LogCleaner;
  readonly #env: ReplicaEnv;
  readonly #configs = new Map<string, TopicConfig>();
  readonly #timers = new Map<string, Timer>();
  #image: MetadataImage;
  #offline = false;

  constructor(options: ReplicaManagerOptions, image: MetadataImage) {
    this.#options = options;
    this.#image = image;
    const quota = (rate: 'leader.replication.throttled.rate' | 'follower.replication.throttled.rate') =>
      new ReplicationQuota({
        scheduler: options.scheduler,
        limit: () => options.config.number(rate),
        windowMs: () => options.config.number('replication.quota.window.size.seconds') * 1000,
        windows: () => options.config.number('replication.quota.window.num'),
      });
    this.#followerQuota = quota('follower.replication.throttled.rate');
    this.#server = new ReplicaFetchServer({
      scheduler: options.scheduler,
      quota: quota('leader.replication.throttled.rate'),
      find: (topicId, partition) => this.#byId.get(topicId)?.get(partition),
      brokerEpoch: (broker) => this.#image.brokers.get(broker)?.epoch,
    });
    this.#cleaner = new LogCleaner({
      scheduler: options.scheduler,
      log: options.log,
      config: options.config,
      replicas: () => this.all(),
      topicConfig: (topic) => this.#config(topic),
      checkpoint: () => options.store.checkpointCleaning(this.all()),
    });
    this.#env = {
      nodeId: options.nodeId,
      scheduler: options.scheduler,
      lagMaxMs: () => options.config.number('replica.lag.time.max.ms'),
      mayJoinIsr: (id) => isActive(this.#image.brokers.get(id)),
      brokerEpoch: (id) => this.#brokerEpoch(id),
      alterPartition: (request, done) =>
        options.alterPartition(
          { ...request, brokerId: options.nodeId, brokerEpoch: this.#brokerEpoch(options.nodeId) },
          done,
        ),
      failed: (replica, error) => {
        options.log('error', 'a partition cannot use its disk', {
          topic: replica.topic,
          partition: replica.partition,
          reason: reasonOf(error),
        });
        if (isDiskFailure(error)) this.#goOffline(error);
      },
    };
  }

  /** Starts what happens by the clock. */
  start(): void {
    if (this.#options.store.failure !== null) this.#goOffline(this.#options.store.failure);
    if (this.#offline) return;
    this.#every(
      'isr',
      () => this.#env.lagMaxMs() / 2,
      () => this.#shrinkIsrs(),
    );
    this.#every(
      'checkpoint',
      () => this.#options.config.number('replica.high.watermark.checkpoint.interval.ms'),
      () => this.checkpoint(),
    );
    this.#every(
      'retention',
      () => this.#options.config.number('log.retention.check.interval.ms'),
      () => this.#retain(),
    );
    this.#every(
      'flush',
      () => FLUSH_CHECK_MS,
      () => this.#flushDue(),
    );
    this.#cleaner.start();
  }

  get(topic: string, partition: number): PartitionReplica | undefined {
    return this.#byName.get(topic)?.get(partition);
  }

  *all(): Generator<PartitionReplica, void, void> {
    for (const partitions of this.#byName.values()) yield* partitions.values();
  }

  append(
    topic: string,
    partition: number,
    records: Buffer,
    acks: Acks,
    timeoutMs: number,
    origin: AppendOrigin,
    done: (outcome: AppendOutcome) => void,
  ): void {
    const replica = this.get(topic, partition);
    if (replica !== undefined) {
      replica.append(records, acks, timeoutMs, origin, done);
      return;
    }
    done(failure(this.missing(topic, partition)));
  }

  get isOffline(): boolean {
    return this.#offline;
  }

  /** Why there is no replica of a partition here, as the error for who asked for one. */
  missing(topic: string, partition: number): number {
    const image = this.#image.topics.get(topic)?.partitions[partition];
    if (image === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const isOwn = image.replicas.includes(this.#options.nodeId);
    return this.#offline && isOwn ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }

  /** Does what needs the log directory; one that fails goes offline, and nothing is thrown. */
  usingDisk(work: () => void): void {
    if (this.#offline) return;
    try {
      work();
    } catch (error) {
      if (!isDiskFailure(error)) throw error;
      this.#goOffline(error);
    }
  }

  serveFetch(request: ReplicaFetchRequest, reply: (response: ReplicaFetchResponse) => void): void {
    this.#server.serve(request, reply);
  }

  /** Follows a new image of the cluster. */
  follow(image: MetadataImage, delta: ImageDelta): void {
    this.#image = image;
    if (delta.configsChanged || delta.removedTopics.length > 0) this.#configs.clear();
    if (delta.configsChanged) this.#cleaner.configsChanged();
    this.usingDisk(() => {
      for (const topic of delta.removedTopics) this.#removeTopic(topic);
      for (const name of delta.changedTopics) {
        const topic = image.topics.get(name);
        if (topic !== undefined) this.#followTopic(topic);
      }
    });
    if (delta.brokersChanged) this.#dropFetchersWithoutBroker();
  }

  /** Writes down how far everything was visible, for the next start. */
  checkpoint(): void {
    this.usingDisk(() => this.#options.store.checkpoint(this.all()));
  }

  /** Makes everything durable. The replicas stay as they are. */
  flush(): void {
    for (const replica of this.all()) replica.log.flush();
  }

  /** Stops: who waits is answered, logs are closed; `clean` flushes them first. Whether all was written down. */
  stop(clean: boolean): boolean {
    for (const timer of this.#timers.values()) timer.cancel();
    if (clean) this.#cleaner.stop();
    else this.#cleaner.kill();
    for (const fetcher of this.#fetchers.values()) fetcher.stop();
    for (const replica of this.all()) replica.close();
    if (!clean || this.#offline) return false;
    this.usingDisk(() => {
      this.flush();
      this.checkpoint();
      for (const replica of this.all()) replica.log.close();
    });
    return !this.#offline;
  }

  /** The log directory has failed: as in Kafka all its partitions are offline, until the node is started again. */
  #goOffline(error: unknown): void {
    if (this.#offline) return;
    this.#offline = true;
    const reason = reasonOf(error);
    this.#options.log('error', 'the log directory is offline until this broker is started again', { reason });
    const replicas = [...this.all()];
    this.#byName.clear();
    this.#byId.clear();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#cleaner.kill();
    for (const fetcher of this.#fetchers.values()) fetcher.stop();
    this.#fetchers.clear();
    for (const replica of replicas) replica.close(ErrorCode.KAFKA_STORAGE_ERROR);
    this.#options.logDirFailed(reason);
  }

  #brokerEpoch(broker: number): number {
    return this.#image.brokers.get(broker)?.epoch ?? -1;
  }

  #followTopic(topic: TopicImage): void {
    for (const partition of topic.partitions) {
      if (partition.replicas.includes(this.#options.nodeId)) this.#followPartition(topic, partition);
      else this.#removePartition(topic, partition.partition);
    }
  }

  #followPartition(topic: TopicImage, image: PartitionImage): void {
    const replica = this.#byId.get(topic.id)?.get(image.partition) ?? this.#create(topic, image.partition);
    if (image.leader === this.#options.nodeId) {
      if (!replica.isLeader) this.#fetchers.get(replica.leader)?.remove(replica);
      replica.lead(image);
      return;
    }
    const before = replica.leader;
    if (!replica.follow(image.leader, image.leaderEpoch)) return;
    this.#fetchers.get(before)?.remove(replica);
    if (image.leader >= 0) this.#fetcher(image.leader).add(replica, image.leaderEpoch);
  }

  #create(topic: TopicImage, partition: number): PartitionReplica {
    const id = { topic: topic.name, topicId: topic.id, partition };
    const config = (): TopicConfig => this.#config(topic.name);
    const { log, highWatermark } = this.#options.store.open(id, config);
    const replica = new PartitionReplica(id, log, highWatermark, config, this.#env);
    const partitions = this.#byId.get(topic.id) ?? new Map<number, PartitionReplica>();
    partitions.set(partition, replica);
    this.#byId.set(topic.id, partitions);
    this.#byName.set(topic.name, partitions);
    return replica;
  }

  #removeTopic(topic: TopicImage): void {
    for (const { partition } of topic.partitions) this.#removePartition(topic, partition);
  }

  #removePartition(topic: TopicImage, partition: number): void {
    const partitions = this.#byId.get(topic.id);
    const replica = partitions?.get(partition);
    if (partitions === undefined || replica === undefined) return;
    partitions.delete(partition);
    if (partitions.size === 0) {
      this.#byId.delete(topic.id);
      if (this.#byName.get(topic.name) === partitions) this.#byName.delete(topic.name);
    }
    this.#fetchers.get(replica.leader)?.remove(replica);
    replica.close();
    try {
      this.#options.store.remove(replica.log);
    } catch (error) {
      replica.failed(error);
    }
  }

  /** A topic's settings in force: asked for at every append, so remembered until one changes. */
  #config(topic: string): TopicConfig {
    let config = this.#configs.get(topic);
    if (config === undefined) {
      config = this.#options.topicConfig(this.#image, topic);
      this.#configs.set(topic, config);
    }
    return config;
  }

  #fetcher(leader: number): Fetcher {
    let fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) {
      const { nodeId, scheduler, network, log, config } = this.#options;
      fetcher = new Fetcher({
        nodeId,
        leader,
        scheduler,
        network,
        log,
        quota: this.#followerQuota,
        brokerEpoch: () => this.#brokerEpoch(nodeId),
        maxWaitMs: () => config.number('replica.fetch.wait.max.ms'),
        maxBytes: () => config.number('replica.fetch.response.max.bytes'),
        partitionMaxBytes: () => config.number('replica.fetch.max.bytes'),
        graceMs: () => config.number('replica.socket.timeout.ms'),
        truncated: () => this.checkpoint(),
      });
      this.#fetchers.set(leader, fetcher);
    }
    return fetcher;
  }

  #dropFetchersWithoutBroker(): void {
    for (const [leader, fetcher] of this.#fetchers) {
      if (fetcher.size > 0 || this.#image.brokers.has(leader)) continue;
      fetcher.stop();
      this.#fetchers.delete(leader);
    }
  }

  #shrinkIsrs(): void {
    for (const replica of this.all()) if (replica.isLeader) replica.shrinkIsr();
  }

  #retain(): void {
    for (const replica of this.all()) {
      try {
        replica.log.deleteOldSegments(wallTime(this.#options.scheduler), replica.highWatermark);
        replica.log.removeExpiredProducers();
        replica.clampHighWatermark();
      } catch (error) {
        replica.failed(error);
      }
    }
  }

  #flushDue(): void {
    const now = wallTime(this.#options.scheduler);
    for (const replica of this.all()) {
      try {
        const { log } = replica;
        const due = now - log.lastFlushMs >= log.config.flushMs;
        if (due && log.recoveryPoint < log.logEndOffset) log.flush();
      } catch (error) {
        replica.failed(error);
      }
    }
  }

  #every(name: string, intervalMs: () => number, run: () => void): void {
    const next = (): void => {
      this.#timers.set(
        name,
        this.#options.scheduler.after(intervalMs(), () => {
          run();
          if (!this.#offline) next();
        }),
      );
    };
    next();
  }
}

/** How often logs are asked whether `flush.ms` is over (Kafka's log.flush.scheduler). */
const FLUSH_CHECK_MS = 3000;

/** Whether the disk has let us down, as opposed to a file that is not there. */
function isDiskFailure(error: unknown): boolean {
  return error instanceof DiskError && error.reason !== 'not-found';
}
