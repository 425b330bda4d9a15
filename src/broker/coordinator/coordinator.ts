import { CreateTopics } from '../../protocol/api/index.ts';
import { partitionOf } from '../../protocol/coordinator-partition.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { OFFSETS_TOPIC } from '../../protocol/internal-topics.ts';
import type { RequestInput } from '../../protocol/schema/index.ts';
import type { Timer } from '../env.ts';
import type { ImageDelta, MetadataImage } from '../image.ts';
import type { Node } from '../node.ts';
import { expireOffsets } from './expiry.ts';
import { isStorable } from './group-record.ts';
import { RuntimeShard } from './runtime-shard.ts';
import type { GroupShard } from './shard.ts';
import type { Turn } from './turn.ts';

const CREATE_TOPICS_VERSION = 7;
const CREATE_TIMEOUT_MS = 30_000;

/** The group coordinator of one node: a shard for every partition of `__consumer_offsets` that it leads. */
export class GroupCoordinator {
  readonly #node: Node;
  readonly #shards = new Map<number, RuntimeShard>();
  #expiry: Timer;
  #creating = false;

  constructor(node: Node) {
    this.#node = node;
    this.#follow(node.image());
    node.onImage((image, delta) => this.#imageChanged(image, delta));
    this.#expiry = this.#scheduleExpiry();
  }

  stop(): void {
    this.#expiry.cancel();
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  /** Runs a step on the shard of a group; the error code instead where this node cannot. */
  run<T>(groupId: string, step: (shard: GroupShard, turn: Turn) => T): T | { readonly refused: number } {
    const count = this.#node.image().topics.get(OFFSETS_TOPIC)?.partitions.length ?? 0;
    const shard = count === 0 ? undefined : this.#shards.get(partitionOf(groupId, count));
    if (shard === undefined || shard.state === 'failed') return { refused: ErrorCode.NOT_COORDINATOR };
    if (shard.state === 'loading') return { refused: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS };
    return isStorable(groupId) ? shard.run(step) : { refused: ErrorCode.INVALID_GROUP_ID };
  }

  /** Runs a step on every shard; NONE, or COORDINATOR_LOAD_IN_PROGRESS where one of them is not ready. */
  runAll(step: (shard: GroupShard, turn: Turn) => void): number {
    const shards = [...this.#shards.values()].filter(({ state }) => state !== 'failed');
    if (shards.some(({ state }) => state === 'loading')) return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    for (const shard of shards) shard.run(step);
    return ErrorCode.NONE;
  }

  /** The node that coordinates a group, or null: then the topic is being made, or its partition has no leader. */
  find(groupId: string): { readonly nodeId: number; readonly host: string; readonly port: number } | null {
    const image = this.#node.image();
    const topic = image.topics.get(OFFSETS_TOPIC);
    if (topic === undefined) {
      this.#createTopic(image);
      return null;
    }
    const leader = topic.partitions[partitionOf(groupId, topic.partitions.length)]?.leader ?? -1;
    const broker = image.brokers.get(leader);
    return broker === undefined || broker.fenced ? null : { nodeId: broker.id, host: broker.host, port: broker.port };
  }

  #imageChanged(image: MetadataImage, delta: ImageDelta): void {
    this.#follow(image);
    for (const topic of delta.removedTopics) {
      for (const shard of this.#shards.values()) {
        shard.runWhenLoaded((state, turn) => state.topicDeleted(topic.name, topic.id, turn));
      }
    }
  }

  /** Takes over the partitions that this node leads now, and lets go of the others. */
  #follow(image: MetadataImage): void {
    const partitions = image.topics.get(OFFSETS_TOPIC)?.partitions ?? [];
    for (const [partition, shard] of this.#shards) {
      const now = partitions[partition];
      if (now?.leader === this.#node.id && now.leaderEpoch === shard.leaderEpoch) continue;
      this.#shards.delete(partition);
      shard.close();
    }
    for (const { partition, leader } of partitions) {
      if (leader !== this.#node.id || this.#shards.has(partition)) continue;
      const replica = this.#node.replicas.get(OFFSETS_TOPIC, partition);
      if (replica?.isLeader) this.#shards.set(partition, new RuntimeShard(this.#node, replica));
    }
  }

  #scheduleExpiry(): Timer {
    return this.#node.scheduler.after(this.#node.config.number('offsets.retention.check.interval.ms'), () => {
      for (const shard of this.#shards.values()) if (shard.state === 'loaded') shard.run(expireOffsets);
      this.#expiry = this.#scheduleExpiry();
    });
  }

  /** Two nodes may ask at once: the second is told that the topic exists, and both find it in their next image. */
  #createTopic(image: MetadataImage): void {
    if (this.#creating) return;
    this.#creating = true;
    const { config } = this.#node;
    const body = {
      topics: [
        {
          name: OFFSETS_TOPIC,
          numPartitions: config.number('offsets.topic.num.partitions'),
          replicationFactor: Math.min(config.number('offsets.topic.replication.factor'), image.brokers.size),
          assignments: [],
          configs: [
            { name: 'cleanup.policy', value: 'compact' },
            { name: 'compression.type', value: 'producer' },
            { name: 'segment.bytes', value: config.string('offsets.topic.segment.bytes') },
          ],
        },
      ],
      timeoutMs: CREATE_TIMEOUT_MS,
      validateOnly: false,
    } satisfies RequestInput<typeof CreateTopics>;
    const request = { apiKey: CreateTopics.key, apiVersion: CREATE_TOPICS_VERSION, body };
    this.#node.callController('forward', request, () => {
      this.#creating = false;
    });
  }
}
