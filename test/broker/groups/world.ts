import { Dispatcher } from '../../../src/broker/dispatch.ts';
import type { NodeService } from '../../../src/broker/handler.ts';
import { createGroupService } from '../../../src/broker/handlers/groups.ts';
import { handlerTable } from '../../../src/broker/handlers/index.ts';
import type { ImageListener, MetadataImage, TopicImage } from '../../../src/broker/image.ts';
import { emptyImage } from '../../../src/broker/metadata/replay.ts';
import type { AppendOutcome, Node, NodeConfig, Replica } from '../../../src/broker/node.ts';
import { MemoryDisk } from '../../../src/log/memory-disk.ts';
import { PartitionLog } from '../../../src/log/partition-log.ts';
import type { LogConfig } from '../../../src/log/types.ts';
import { type CoordinatorRecord, decodeCoordinatorRecord } from '../../../src/protocol/coordinator-record.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { decodeResponse, encodeRequest } from '../../../src/protocol/frame.ts';
import { OFFSETS_TOPIC } from '../../../src/protocol/internal-topics.ts';
import type { Api, RequestInput, ResponseOf } from '../../../src/protocol/schema/index.ts';
import { batches, records } from '../../../src/records/index.ts';
import { seededRandom, VirtualScheduler } from '../virtual.ts';

/*
 * One node with a group coordinator and nothing else: real handlers, real frames, a real partition log in memory;
 * virtual time, and appends that do as they are told.
 */

const NODE_ID = 1;

const LOG_CONFIG: LogConfig = {
  segmentBytes: 104_857_600,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  retentionMs: -1,
  retentionBytes: -1,
  maxMessageBytes: 1_048_588,
  messageTimestampType: 'CreateTime',
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
  fileDeleteDelayMs: 60_000,
  cleanupPolicy: { delete: false, compact: true },
};

const DEFAULTS: Readonly<Record<string, string>> = {
  'group.min.session.timeout.ms': '6000',
  'group.max.session.timeout.ms': '1800000',
  'group.initial.rebalance.delay.ms': '0',
  'group.max.size': '2147483647',
  'offset.metadata.max.bytes': '4096',
  'offsets.commit.timeout.ms': '5000',
  'offsets.retention.minutes': '10080',
  'offsets.retention.check.interval.ms': '600000',
  'offsets.topic.num.partitions': '4',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.segment.bytes': '104857600',
};

/** What becomes of an append to `__consumer_offsets`. */
export type AppendFate =
  | 'acked'
  /** In the log, and nothing is said until `release`. */
  | 'held'
  /** In the log, but not replicated in time: REQUEST_TIMED_OUT. */
  | 'timed-out'
  /** Not in the log; the error. */
  | { readonly error: number };

/** A request on its way. */
export interface Call<R> {
  response: R | null;
  closed: boolean;
}

interface Client {
  readonly clientId?: string | null;
  readonly host?: string;
}

export function topicImage(
  name: string,
  partitions: number,
  leader = NODE_ID,
  leaderEpoch = 0,
  id?: string,
): TopicImage {
  return {
    name,
    id: id ?? Buffer.from(name.padEnd(16, '.').slice(0, 16)).toString('base64url'),
    internal: name.startsWith('__'),
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      replicas: [NODE_ID],
      isr: [NODE_ID],
      elr: [],
      lastKnownElr: [],
      addingReplicas: [],
      removingReplicas: [],
      leader,
      leaderEpoch,
      partitionEpoch: 0,
      leaderRecoveryState: 0,
    })),
  };
}

export interface WorldOptions {
  readonly config?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly topics?: Readonly<Record<string, number>>;
  /** Partitions of `__consumer_offsets`; 0 leaves it to be created. */
  readonly offsetsPartitions?: number;
}

export class World {
  readonly scheduler = new VirtualScheduler();
  readonly config: Record<string, string>;
  readonly forwarded: unknown[] = [];
  fate: AppendFate = 'acked';
  /** What reading the log throws. */
  readError: Error | null = null;
  #random;
  #image: MetadataImage;
  #listeners: ImageListener[] = [];
  #disk = new MemoryDisk();
  #logs = new Map<number, PartitionLog>();
  #highWatermarks = new Map<number, number>();
  #held: (() => void)[] = [];
  #leaderEpoch = 0;
  #service: NodeService;
  #dispatcher: Dispatcher;
  #correlationId = 0;

  constructor(options: WorldOptions = {}) {
    this.config = { ...DEFAULTS, ...options.config };
    this.#random = seededRandom(options.seed ?? 1);
    const broker = {
      id: NODE_ID,
      epoch: 1,
      incarnationId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      host: '127.0.0.1',
      port: 21900,
      rack: null,
      fenced: false,
      inControlledShutdown: false,
      logDirOffline: false,
    };
    this.#image = { ...emptyImage('cluster'), controllerId: NODE_ID, brokers: new Map([[NODE_ID, broker]]) };
    const topics = Object.entries(options.topics ?? { orders: 4, payments: 2 });
    for (const [name, partitions] of topics) this.#put(topicImage(name, partitions));
    if (options.offsetsPartitions !== 0) this.#put(topicImage(OFFSETS_TOPIC, options.offsetsPartitions ?? 1));
    [this.#service, this.#dispatcher] = this.#start();
    this.settle();
  }

  /** Lets everything run that is due now. */
  settle(): void {
    this.scheduler.runFor(0);
  }

  after(ms: number): void {
    this.scheduler.runFor(ms);
  }

  /** Sends a request, and lets the coordinator work on it; `response` stays null while it is parked. */
  send<A extends Api>(api: A, version: number, body: RequestInput<A>, client: Client = {}): Call<ResponseOf<A>> {
    const call = this.sendNow(api, version, body, client);
    this.settle();
    return call;
  }

  /** Sends a request, and lets nothing else happen. */
  sendNow<A extends Api>(api: A, version: number, body: RequestInput<A>, client: Client = {}): Call<ResponseOf<A>> {
    const call: Call<ResponseOf<A>> = { response: null, closed: false };
    const header = { correlationId: this.#correlationId++, clientId: client.clientId ?? 'app' };
    const frame = Buffer.concat(encodeRequest(api, version, header, body));
    const peer = { connectionId: 1, clientHost: client.host ?? '/127.0.0.1' };
    this.#dispatcher.dispatch(frame, peer, (outcome) => {
      if (outcome === 'close') call.closed = true;
      else if (outcome !== 'nothing') call.response = decodeResponse(api, version, Buffer.concat(outcome.frame)).body;
    });
    return call;
  }

  /** Sends a request that is answered at once. */
  ask<A extends Api>(api: A, version: number, body: RequestInput<A>): ResponseOf<A> {
    const call = this.send(api, version, body);
    if (call.response === null) throw new Error(`${api.name} v${version} was not answered`);
    return call.response;
  }

  /** Lets held appends be acknowledged. */
  release(): void {
    this.fate = 'acked';
    for (const [partition, log] of this.#logs) this.#highWatermarks.set(partition, log.logEndOffset);
    for (const run of this.#held.splice(0)) run();
    this.settle();
  }

  /** Moves the high watermark to the log's end without telling anybody: followers caught up late. */
  catchUp(): void {
    this.fate = 'acked';
    for (const [partition, log] of this.#logs) this.#highWatermarks.set(partition, log.logEndOffset);
  }

  /** Stops the node without a goodbye and starts it again on its log. */
  restart(): void {
    this.#service.stop?.();
    this.#listeners = [];
    this.#held = [];
    this.#leaderEpoch++;
    this.#highWatermarks = new Map([...this.#logs].map(([partition, log]) => [partition, log.logEndOffset]));
    const partitions = this.#image.topics.get(OFFSETS_TOPIC)?.partitions.length ?? 0;
    this.#put(topicImage(OFFSETS_TOPIC, partitions, NODE_ID, this.#leaderEpoch));
    [this.#service, this.#dispatcher] = this.#start();
  }

  /** The partitions of `__consumer_offsets` get another leader. */
  moveLeadership(leader: number): void {
    this.#leaderEpoch++;
    const partitions = this.#image.topics.get(OFFSETS_TOPIC)?.partitions.length ?? 0;
    this.putTopic(topicImage(OFFSETS_TOPIC, partitions, leader, this.#leaderEpoch));
    this.settle();
  }

  putTopic(topic: TopicImage): void {
    this.#change(new Map([...this.#image.topics, [topic.name, topic]]), []);
  }

  removeTopic(name: string): void {
    const topic = this.#image.topics.get(name);
    if (topic === undefined) throw new Error(`no topic ${name}`);
    this.#change(new Map([...this.#image.topics].filter(([other]) => other !== name)), [topic]);
    this.settle();
  }

  /** Everything in a partition of `__consumer_offsets`, oldest first. */
  records(partition = 0): CoordinatorRecord[] {
    const log = this.#log(partition);
    const found: CoordinatorRecord[] = [];
    const { records: bytes } = log.read(0, 100_000_000);
    for (const { position } of batches(bytes)) {
      for (const { key, value } of records(bytes, position)) found.push(decodeCoordinatorRecord(key, value));
    }
    return found;
  }

  #start(): [NodeService, Dispatcher] {
    const node = this.#node();
    const service = createGroupService(node);
    return [service, new Dispatcher(node, handlerTable(service.handlers))];
  }

  #put(topic: TopicImage): void {
    const topics = new Map([...this.#image.topics, [topic.name, topic]]);
    this.#image = { ...this.#image, topics, topicsById: new Map([...topics.values()].map((each) => [each.id, each])) };
  }

  #change(topics: Map<string, TopicImage>, removedTopics: TopicImage[]): void {
    const previous = this.#image;
    const topicsById = new Map([...topics.values()].map((topic) => [topic.id, topic]));
    this.#image = { ...previous, topics, topicsById };
    const delta = {
      changedTopics: new Set(topics.keys()),
      removedTopics,
      brokersChanged: false,
      configsChanged: false,
    };
    for (const listener of this.#listeners) listener(this.#image, delta, previous);
  }

  #log(partition: number): PartitionLog {
    let log = this.#logs.get(partition);
    if (log === undefined) {
      log = PartitionLog.open({
        disk: this.#disk,
        directory: `${OFFSETS_TOPIC}-${partition}`,
        topic: OFFSETS_TOPIC,
        partition,
        topicId: null,
        config: () => LOG_CONFIG,
        now: () => this.scheduler.now(),
        recoverFrom: 0,
        cleanShutdown: true,
      });
      this.#logs.set(partition, log);
    }
    return log;
  }

  #readableLog(partition: number): PartitionLog {
    const { readError } = this;
    if (readError === null) return this.#log(partition);
    const broken = {
      logStartOffset: 0,
      read() {
        throw readError;
      },
    };
    return broken as unknown as PartitionLog;
  }

  #append(partition: number, batch: Buffer, done: (outcome: AppendOutcome) => void): void {
    const outcome = (errorCode: number, baseOffset: number): AppendOutcome => ({
      errorCode,
      baseOffset,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      message: null,
      recordErrors: [],
    });
    const { fate } = this;
    if (typeof fate === 'object') {
      this.scheduler.after(0, () => done(outcome(fate.error, -1)));
      return;
    }
    const log = this.#log(partition);
    const { baseOffset } = log.appendAsLeader(batch, this.#leaderEpoch, { origin: 'coordinator' });
    const acked = () => {
      this.#highWatermarks.set(partition, Math.max(this.#highWatermarks.get(partition) ?? 0, log.logEndOffset));
      done(outcome(ErrorCode.NONE, baseOffset));
    };
    if (fate === 'held') this.#held.push(acked);
    else if (fate === 'timed-out')
      this.scheduler.after(0, () => done(outcome(ErrorCode.REQUEST_TIMED_OUT, baseOffset)));
    else this.scheduler.after(0, acked);
  }

  #replica(partition: number): Replica {
    const world = this;
    return {
      topic: OFFSETS_TOPIC,
      topicId: '',
      partition,
      log: world.#readableLog(partition),
      get isLeader() {
        return world.#image.topics.get(OFFSETS_TOPIC)?.partitions[partition]?.leader === NODE_ID;
      },
      leaderEpoch: world.#leaderEpoch,
      get highWatermark() {
        return world.#highWatermarks.get(partition) ?? 0;
      },
      get lastStableOffset() {
        return world.#highWatermarks.get(partition) ?? 0;
      },
    };
  }

  #node(): Node {
    const config: NodeConfig = {
      number: (name) => Number(this.config[name]),
      string: (name) => this.config[name] ?? '',
      boolean: (name) => this.config[name] === 'true',
    };
    return {
      id: NODE_ID,
      scheduler: this.scheduler,
      random: this.#random,
      log: () => {},
      network: {
        call: () => {
          throw new Error('the group coordinator calls no other node');
        },
        attach: () => ({ detach: () => {} }),
      },
      config,
      image: () => this.#image,
      onImage: (listener) => this.#listeners.push(listener),
      replicas: {
        get: (topic, partition) => (topic === OFFSETS_TOPIC ? this.#replica(partition) : undefined),
        isOffline: false,
        all: () => [],
        append: (_topic, partition, batch, _acks, _timeoutMs, _origin, done) => this.#append(partition, batch, done),
      },
      diskSpace: () => null,
      callController: (_name, request) => this.forwarded.push(request),
    };
  }
}
