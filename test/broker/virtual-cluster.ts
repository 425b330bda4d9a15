import type { Log, Scheduler } from '../../src/broker/env.ts';
import type { FaultEngine } from '../../src/broker/fault/index.ts';
import type { Network } from '../../src/broker/network.ts';
import { NodeRuntime } from '../../src/broker/node-runtime.ts';
import type { Disk } from '../../src/log/disk.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { CreateTopics, Produce } from '../../src/protocol/api/index.ts';
import { decodeResponse, encodeRequest } from '../../src/protocol/frame.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { type VirtualEnv, virtualEnv } from './virtual.ts';

const CLUSTER_ID = 'kmedicVirtualClusterId';

/** What became of a request: an answer, nothing (acks=0), a closed connection, or nothing yet. */
export interface Pending<A extends Api> {
  answer: ResponseOf<A> | 'nothing' | 'close' | undefined;
}

/** What one incarnation of a node is given of the world. */
export interface NodeSeams {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly disk: Disk;
  readonly log: Log;
  readonly faults?: FaultEngine;
  readonly halt?: () => void;
}

/** A whole cluster of real nodes in a virtual world: they talk over its network, and time passes when it is told to. */
export class VirtualCluster {
  readonly env: VirtualEnv;
  readonly #disks = new Map<number, MemoryDisk>();
  readonly #nodes = new Map<number, NodeRuntime>();
  readonly #ids: readonly number[];
  readonly #config: ReadonlyMap<string, string>;
  readonly #seams: (id: number, seams: NodeSeams) => NodeSeams;

  /** `seams` may put something between each incarnation of a node and the world. */
  constructor(
    nodes: number,
    config: Readonly<Record<string, string>> = {},
    seed = 1,
    seams: (id: number, seams: NodeSeams) => NodeSeams = (_id, given) => given,
  ) {
    this.env = virtualEnv(seed);
    this.#seams = seams;
    this.#ids = Array.from({ length: nodes }, (_, index) => index + 1);
    this.#config = new Map(Object.entries(config));
    for (const id of this.#ids) this.#disks.set(id, new MemoryDisk());
  }

  /** Starts all nodes and waits until they are one cluster. */
  start(): this {
    const ready = new Set<number>();
    for (const id of this.#ids) this.startNode(id).whenReady(() => ready.add(id));
    this.env.scheduler.runUntil(() => ready.size === this.#ids.length);
    return this;
  }

  startNode(id: number): NodeRuntime {
    const { scheduler, network, random } = this.env;
    const seams = this.#seams(id, { scheduler, network, disk: this.disk(id), log: () => undefined });
    const node = new NodeRuntime({
      nodeId: id,
      nodeIds: this.#ids,
      clusterId: CLUSTER_ID,
      random,
      ...seams,
      config: this.#config,
      endpoint: { host: `node-${id}`, port: 9091 + id, rack: null },
    });
    this.#nodes.set(id, node);
    node.start();
    return node;
  }

  disk(id: number): MemoryDisk {
    return found(this.#disks.get(id), `disk ${id}`);
  }

  node(id: number): NodeRuntime {
    return found(this.#nodes.get(id), `node ${id}`);
  }

  /** Sends a request, and lets no time pass. */
  send<A extends Api>(id: number, api: A, version: number, request: RequestInput<A>, connectionId = 1): Pending<A> {
    const pending: Pending<A> = { answer: undefined };
    const frame = Buffer.concat(encodeRequest(api, version, { correlationId: 7, clientId: 'test' }, request));
    this.node(id).dispatch(frame, { connectionId, clientHost: '/10.0.0.1' }, (outcome) => {
      pending.answer =
        typeof outcome === 'string' ? outcome : decodeResponse(api, version, Buffer.concat(outcome.frame)).body;
    });
    return pending;
  }

  /** Sends a request and waits for its answer. */
  ask<A extends Api>(id: number, api: A, version: number, request: RequestInput<A>): ResponseOf<A> {
    const pending = this.send(id, api, version, request);
    this.env.scheduler.runUntil(() => pending.answer !== undefined);
    const { answer } = pending;
    if (answer === undefined || typeof answer === 'string') throw new Error(`${api.name}: ${answer}`);
    return answer;
  }

  /** Makes a topic of which the first replica leads, and waits until all nodes know it. */
  createTopic(name: string, assignments: readonly (readonly number[])[], configs: Record<string, string> = {}): void {
    const { topics } = this.ask(1, CreateTopics, 7, {
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds: [...brokerIds] })),
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 10_000,
    });
    if (topics[0]?.errorCode !== 0) throw new Error(`topic ${name}: ${JSON.stringify(topics)}`);
    this.env.scheduler.runUntil(() => this.#ids.every((id) => this.node(id).node.image().topics.has(name)));
  }

  /** Produces one batch of records with these values to partition 0, without waiting for the answer. */
  produce(id: number, topic: string, values: readonly string[], acks: -1 | 0 | 1 = -1, timeoutMs = 5000) {
    return this.send(id, Produce, 9, {
      acks,
      timeoutMs,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(values, this.env.scheduler.now()) }] }],
    });
  }
}

export function batchOf(values: readonly string[], timestamp: number): Buffer {
  return encodeBatch({ timestamp, records: values.map((value) => ({ value })) });
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}
