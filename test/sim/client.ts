import type { Random } from '../../src/broker/env.ts';
import { Metadata } from '../../src/protocol/api/index.ts';
import { type Api, type RequestInput, type ResponseOf, ZERO_UUID } from '../../src/protocol/schema/index.ts';
import { seededRandom } from '../broker/virtual.ts';
import type { Answer, SimConnection } from './connection.ts';
import type { Op } from './history.ts';
import { sleep, type Task, wait } from './task.ts';
import type { SimWorld } from './world.ts';

export interface TopicView {
  readonly id: string;
  readonly leaders: readonly number[];
}

/** What all clients share. */
export interface ClientWorld {
  readonly world: SimWorld;
  readonly history: Op[];
  /** Once true, clients end what they are at and stop; members of groups have a word of their own. */
  stopping: boolean;
  membersStopping: boolean;
}

/** A client as far as it has connections, and knows who leads what. */
export class SimClient {
  readonly name: string;
  readonly world: SimWorld;
  readonly shared: ClientWorld;
  readonly random: Random;
  readonly topics = new Map<string, TopicView>();
  readonly #connections = new Map<number, SimConnection>();

  constructor(shared: ClientWorld, name: string, seed: number) {
    this.shared = shared;
    this.world = shared.world;
    this.name = name;
    this.random = seededRandom(seed);
  }

  get now(): number {
    return this.world.scheduler.now();
  }

  get clientHost(): string {
    return `/${this.name}`;
  }

  /** A connection to a node, the one that is open or a new one; null where nobody listens. */
  connection(node: number): SimConnection | null {
    const known = this.#connections.get(node);
    if (known?.isOpen) return known;
    const fresh = this.world.connect(this.clientHost, node);
    if (fresh !== null) this.#connections.set(node, fresh);
    return fresh;
  }

  *sleep(ms: number): Task {
    yield* sleep(this.world.scheduler, ms);
  }

  *ask<A extends Api>(
    node: number,
    api: A,
    version: number,
    body: RequestInput<A>,
    timeoutMs = 3000,
    expectsAnswer = true,
  ): Task<Answer<A>> {
    const connection = this.connection(node);
    if (connection === null) {
      yield* this.sleep(5);
      return { kind: 'lost', why: 'refused' };
    }
    return yield* wait<Answer<A>>((done) => connection.request(api, version, body, timeoutMs, expectsAnswer, done));
  }

  /** Asks some node who leads what. True when one answered. */
  *refresh(): Task<boolean> {
    const { hosts } = this.world;
    const node = hosts[this.random.below(hosts.length)]?.id ?? 1;
    const request = {
      topics: null,
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    };
    const answer: Answer<typeof Metadata> = yield* this.ask(node, Metadata, 12, request, 1000);
    if (answer.kind !== 'answer') return false;
    const { topics } = answer.body as ResponseOf<typeof Metadata>;
    for (const { name, topicId, partitions } of topics) {
      const leaders: number[] = [];
      for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
      if (name !== null) this.topics.set(name, { id: topicId, leaders });
    }
    return true;
  }

  /** Who leads a partition, as far as this client knows; -1 where it does not. */
  leader(topic: string, partition: number): number {
    return this.topics.get(topic)?.leaders[partition] ?? -1;
  }

  topicId(topic: string): string {
    return this.topics.get(topic)?.id ?? ZERO_UUID;
  }

  version(min: number, max: number): number {
    return min + this.random.below(max - min + 1);
  }
}

export function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
