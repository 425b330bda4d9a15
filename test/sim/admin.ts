import {
  AlterPartitionReassignments,
  CreateTopics,
  DeleteRecords,
  ElectLeaders,
  IncrementalAlterConfigs,
  ListOffsets,
} from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts';
import { type ClientWorld, SimClient } from './client.ts';
import type { SimTopic } from './options.ts';
import type { Task } from './task.ts';

const TOPIC = 2;
const SET = 0;
const DELETE = 1;
const UNCLEAN = 1;
const ADMIN_TIMEOUT_MS = 5000;

/** Settings that an administrator changes while the cluster is at work. */
const CONFIGS: readonly (readonly [string, readonly string[]])[] = [
  ['min.insync.replicas', ['1', '2', '3']],
  ['segment.bytes', ['700', '2000', '1073741824']],
  ['retention.ms', ['3000', '604800000']],
  ['flush.messages', ['1', '9223372036854775807']],
  ['max.message.bytes', ['1048588']],
];

/** Changes topics while they are in use. */
export class SimAdmin extends SimClient {
  readonly #topics: readonly SimTopic[];
  readonly #everyMs: number;
  /** Topics whose creation was confirmed. */
  readonly created: string[] = [];

  constructor(shared: ClientWorld, name: string, seed: number, topics: readonly SimTopic[], everyMs: number) {
    super(shared, name, seed);
    this.#topics = topics;
    this.#everyMs = everyMs;
  }

  *run(): Task {
    const actions = [
      () => this.#alter(),
      () => this.#deleteRecords(),
      () => this.#electPreferred(),
      () => this.#create(),
      () => this.#reassign(),
    ];
    while (!this.shared.stopping) {
      yield* this.sleep(1 + this.random.below(2 * this.#everyMs));
      yield* this.refresh();
      const action = actions[this.random.below(actions.length)];
      if (action !== undefined) yield* action();
    }
  }

  /** Creates a topic, asking until it is there. */
  *setUp(topic: SimTopic): Task {
    for (;;) {
      const created = yield* this.#askAny(CreateTopics, 7, {
        topics: [
          {
            name: topic.name,
            numPartitions: topic.partitions,
            replicationFactor: topic.replicationFactor,
            assignments: [],
            configs: Object.entries(topic.configs).map(([name, value]) => ({ name, value })),
          },
        ],
        timeoutMs: ADMIN_TIMEOUT_MS,
      });
      const errorCode = created?.topics[0]?.errorCode;
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return;
      if (errorCode !== undefined) throw new Error(`${topic.name}: ${created?.topics[0]?.errorMessage}`);
      yield* this.sleep(100);
    }
  }

  /** Gives a leader to what has none, and nobody left who may lead: what an operator does as the last resort. */
  *electUnclean(topic: string, partition: number): Task {
    const topicPartitions = [{ topic, partitions: [partition] }];
    yield* this.#askAny(ElectLeaders, 2, { electionType: UNCLEAN, topicPartitions, timeoutMs: ADMIN_TIMEOUT_MS });
  }

  *#alter(): Task {
    const topic = this.#anyTopic();
    const [name, values] = CONFIGS[this.random.below(CONFIGS.length)] ?? ['min.insync.replicas', ['1']];
    const value = values[this.random.below(values.length)] ?? null;
    const change =
      this.random.below(4) === 0
        ? { name, configOperation: DELETE, value: null }
        : { name, configOperation: SET, value };
    yield* this.#askAny(IncrementalAlterConfigs, this.version(0, 1), {
      resources: [{ resourceType: TOPIC, resourceName: topic.name, configs: [change] }],
      validateOnly: false,
    });
  }

  *#deleteRecords(): Task {
    const topic = this.#anyTopic();
    const partition = this.random.below(topic.partitions);
    const node = this.leader(topic.name, partition);
    if (node < 0) return;
    const asked = { partitionIndex: partition, timestamp: -1 };
    const ends = yield* this.ask(node, ListOffsets, 7, {
      replicaId: -1,
      topics: [{ name: topic.name, partitions: [asked] }],
    });
    const end = ends.kind === 'answer' ? (ends.body.topics[0]?.partitions[0]?.offset ?? -1) : -1;
    if (end <= 0) return;
    const offset = this.random.below(5) === 0 ? -1 : this.random.below(Math.floor(end / 2) + 1);
    const partitions = [{ partitionIndex: partition, offset }];
    yield* this.ask(node, DeleteRecords, this.version(0, 2), {
      topics: [{ name: topic.name, partitions }],
      timeoutMs: 2000,
    });
  }

  *#electPreferred(): Task {
    const request = { electionType: 0, topicPartitions: null, timeoutMs: ADMIN_TIMEOUT_MS };
    yield* this.#askAny(ElectLeaders, 1 + this.random.below(2), request);
  }

  /** As many replicas as before, on nodes that chance picks. */
  *#reassign(): Task {
    const topic = this.#anyTopic();
    const nodes = this.world.hosts.map(({ id }) => id);
    const replicas: number[] = [];
    while (replicas.length < topic.replicationFactor) {
      replicas.push(...nodes.splice(this.random.below(nodes.length), 1));
    }
    const partitions = [{ partitionIndex: this.random.below(topic.partitions), replicas }];
    yield* this.#askAny(AlterPartitionReassignments, this.version(0, 1), {
      timeoutMs: ADMIN_TIMEOUT_MS,
      topics: [{ name: topic.name, partitions }],
    });
  }

  *#create(): Task {
    const name = `extra-${this.created.length}-${this.random.below(1000)}`;
    const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    const answer = yield* this.#askAny(CreateTopics, this.version(2, 7), {
      topics: [topic],
      timeoutMs: ADMIN_TIMEOUT_MS,
    });
    if (answer?.topics[0]?.errorCode === ErrorCode.NONE) this.created.push(name);
  }

  *#askAny<A extends Api>(api: A, version: number, body: RequestInput<A>): Task<ResponseOf<A> | null> {
    const { hosts } = this.world;
    const node = hosts[this.random.below(hosts.length)]?.id ?? 1;
    const answer = yield* this.ask(node, api, version, body, ADMIN_TIMEOUT_MS);
    return answer.kind === 'answer' ? answer.body : null;
  }

  #anyTopic(): SimTopic {
    const topic = this.#topics[this.random.below(this.#topics.length)];
    if (topic === undefined) throw new Error('no topics');
    return topic;
  }
}
