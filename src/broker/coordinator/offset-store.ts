import {
  type CoordinatorValue,
  encodeCoordinatorKey,
  encodeCoordinatorValue,
} from '../../protocol/coordinator-record.ts';
import type { RecordInput } from '../../records/index.ts';

/** A committed offset: the next offset to read. Stored as it was sent, below 0 and beyond the log's end included. */
export interface CommittedOffset {
  readonly offset: number;
  /** -1 where the client did not say. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestampMs: number;
  /** Set where the commit came with a retention of its own (OffsetCommit v2-4), else -1. */
  readonly expireTimestampMs: number;
  /** The zero Uuid where it is not known. */
  readonly topicId: string;
}

type Partitions = Map<number, CommittedOffset>;

/**
 * The commits of all groups of one shard. What is on its way to the log is only known by name (`announce`): it is not
 * to be read yet, but a deletion that comes behind it must cover it.
 */
export class OffsetStore {
  readonly #byGroup = new Map<string, Map<string, Partitions>>();
  readonly #announced = new Map<string, Map<string, Map<number, number>>>();

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#byGroup.get(groupId)?.get(topic)?.get(partition);
  }

  /** Topic → partition → commit. */
  ofGroup(groupId: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> {
    return this.#byGroup.get(groupId) ?? NONE;
  }

  groups(): Iterable<string> {
    return new Set([...this.#byGroup.keys(), ...this.#announced.keys()]);
  }

  /** Applies a record: a commit, or with null its removal. */
  put(groupId: string, topic: string, partition: number, committed: CommittedOffset | null): void {
    if (committed === null) {
      const topics = this.#byGroup.get(groupId);
      const partitions = topics?.get(topic);
      partitions?.delete(partition);
      if (partitions?.size === 0) topics?.delete(topic);
      if (topics?.size === 0) this.#byGroup.delete(groupId);
      return;
    }
    entry(entry(this.#byGroup, groupId, newMap<string, Partitions>), topic, newMap<number, CommittedOffset>).set(
      partition,
      committed,
    );
  }

  announce(groupId: string, topic: string, partition: number, by: 1 | -1): void {
    const topics = entry(this.#announced, groupId, newMap<string, Map<number, number>>);
    const partitions = entry(topics, topic, newMap<number, number>);
    const count = (partitions.get(partition) ?? 0) + by;
    if (count > 0) {
      partitions.set(partition, count);
      return;
    }
    partitions.delete(partition);
    if (partitions.size === 0) topics.delete(topic);
    if (topics.size === 0) this.#announced.delete(groupId);
  }

  isAnnounced(groupId: string, topic: string, partition: number): boolean {
    return this.#announced.get(groupId)?.get(topic)?.has(partition) ?? false;
  }

  hasAnnounced(groupId: string): boolean {
    return this.#announced.has(groupId);
  }

  /** Every partition of a group, or of one of its topics, that is committed or about to be. */
  keys(groupId: string, onlyTopic?: string): { topic: string; partition: number }[] {
    const found = new Map<string, Set<number>>();
    for (const source of [this.#byGroup.get(groupId), this.#announced.get(groupId)]) {
      for (const [topic, partitions] of source ?? []) {
        if (onlyTopic !== undefined && topic !== onlyTopic) continue;
        const all = entry(found, topic, () => new Set<number>());
        for (const partition of partitions.keys()) all.add(partition);
      }
    }
    return [...found].flatMap(([topic, partitions]) => [...partitions].map((partition) => ({ topic, partition })));
  }
}

const NONE: ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> = new Map();

function newMap<K, V>(): Map<K, V> {
  return new Map();
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Kafka has written version 4 since 4.1, and version 1 where a commit brings its own expiry. */
const VALUE_VERSION = 4;
const VALUE_VERSION_WITH_EXPIRY = 1;

export function offsetRecord(
  groupId: string,
  topic: string,
  partition: number,
  committed: CommittedOffset,
): RecordInput {
  const value = {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: committed.commitTimestampMs,
    expireTimestamp: committed.expireTimestampMs,
    topicId: committed.topicId,
  };
  const version = committed.expireTimestampMs < 0 ? VALUE_VERSION : VALUE_VERSION_WITH_EXPIRY;
  return {
    key: encodeCoordinatorKey('OffsetCommit', { group: groupId, topic, partition }),
    value: encodeCoordinatorValue('OffsetCommit', version, value),
  };
}

export function offsetTombstone(groupId: string, topic: string, partition: number): RecordInput {
  return { key: encodeCoordinatorKey('OffsetCommit', { group: groupId, topic, partition }), value: null };
}

export function offsetFromRecord(value: CoordinatorValue<'OffsetCommit'>): CommittedOffset {
  return {
    offset: value.offset,
    leaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp,
    topicId: value.topicId,
  };
}
