import { ZERO_UUID } from '../../protocol/schema/index.ts';
import type { Random } from '../env.ts';

/** A session id or epoch with a meaning of its own (KIP-227). */
export const NO_SESSION = 0;
export const INITIAL_EPOCH = 0;
export const FINAL_EPOCH = -1;
const MAX_INT32 = 0x7fff_ffff;

/** One partition as a consumer asks for it. Topics keep the name under which they were put in. */
export interface FetchedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
  maxBytes: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  /** What the client was told last: what has not changed is left out of an incremental answer. */
  toldHighWatermark: number;
  toldLogStartOffset: number;
}

/** What a client fetches again and again without saying it each time. */
export class FetchSession {
  readonly id: number;
  readonly usesTopicIds: boolean;
  /** The epoch that the next request must carry. */
  epoch = 1;
  lastUsedMs: number;
  /** In the order in which they are read; those that got data move to the end. */
  readonly partitions = new Map<string, FetchedPartition>();

  constructor(id: number, usesTopicIds: boolean, now: number) {
    this.id = id;
    this.usesTopicIds = usesTopicIds;
    this.lastUsedMs = now;
  }

  advance(now: number): void {
    this.epoch = this.epoch === MAX_INT32 ? 1 : this.epoch + 1;
    this.lastUsedMs = now;
  }

  /** Adds a partition, or changes how it is fetched. */
  put(partition: FetchedPartition): void {
    const known = this.partitions.get(keyOf(partition));
    if (known === undefined) {
      this.partitions.set(keyOf(partition), partition);
      return;
    }
    known.fetchOffset = partition.fetchOffset;
    known.maxBytes = partition.maxBytes;
    known.currentLeaderEpoch = partition.currentLeaderEpoch;
    known.lastFetchedEpoch = partition.lastFetchedEpoch;
  }

  forget(topicKey: string, partition: number): void {
    this.partitions.delete(`${topicKey}-${partition}`);
  }

  /** Others come first the next time, so that one busy partition cannot starve them. */
  moveToEnd(partition: FetchedPartition): void {
    const key = keyOf(partition);
    if (this.partitions.delete(key)) this.partitions.set(key, partition);
  }
}

/** A topic is known by its id where the client speaks in ids, else by its name. */
function keyOf(partition: FetchedPartition): string {
  return `${partition.topicId === ZERO_UUID ? partition.topic : partition.topicId}-${partition.partition}`;
}

/** All sessions of a node, in a limited number of slots; one that was not used for a while makes room for a new one. */
export class FetchSessions {
  readonly #sessions = new Map<number, FetchSession>();
  readonly #random: Random;
  readonly #slots: () => number;

  constructor(random: Random, slots: () => number) {
    this.#random = random;
    this.#slots = slots;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id);
  }

  /** A new session, or null when there is no room: the client then says everything each time. */
  create(usesTopicIds: boolean, now: number): FetchSession | null {
    if (this.#sessions.size >= this.#slots() && !this.#evict(now)) return null;
    let id = 0;
    while (id === NO_SESSION || this.#sessions.has(id)) id = 1 + this.#random.below(MAX_INT32 - 1);
    const session = new FetchSession(id, usesTopicIds, now);
    this.#sessions.set(id, session);
    return session;
  }

  remove(id: number): void {
    this.#sessions.delete(id);
  }

  #evict(now: number): boolean {
    let oldest: FetchSession | undefined;
    for (const session of this.#sessions.values()) {
      if (oldest === undefined || session.lastUsedMs < oldest.lastUsedMs) oldest = session;
    }
    if (oldest === undefined || now - oldest.lastUsedMs < EVICTABLE_AFTER_MS) return false;
    this.#sessions.delete(oldest.id);
    return true;
  }
}

/** Kafka's min.incremental.fetch.session.eviction.ms. */
const EVICTABLE_AFTER_MS = 120_000;
