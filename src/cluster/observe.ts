import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import type { Metadata } from '../protocol/api/index.ts';
import type { ErrorName } from '../protocol/errors.ts';
import { OFFSETS_TOPIC } from '../protocol/internal-topics.ts';
import type { ResponseOf } from '../protocol/schema/index.ts';
import { locate, NOWHERE, readGroups } from './groups.ts';
import { listGroups } from './list-groups.ts';
import { allPartitions, readOffsets } from './offsets.ts';
import { problem, problemFrom } from './problem.ts';
import type { ReplicationFacts } from './replication.ts';
import type { ObserveRequest } from './selection.ts';
import type { Broker, Group, Problem, Snapshot } from './snapshot.ts';
import { TopicTable } from './topic-table.ts';

/** What observing takes from outside: the time, in ms since the epoch. */
export interface Clock {
  now(): number;
}

/**
 * Reads a snapshot of a cluster. However many groups there are, on Kafka 3.0 and later no more than five requests wait
 * for one another: metadata; the groups of every broker (the broker that lists a group coordinates it); descriptions and
 * commits; end offsets, which are read after the commits so that lag is never negative by a race; and, where asked for,
 * the records at the commits. Named groups are looked up with their coordinators instead of listed. Only a moved leader
 * or coordinator costs more, once.
 *
 * Rejects with a ClientError where no broker can be reached at all. Everything else that fails is a problem in the
 * snapshot beside what could be read.
 */
export async function observe(client: ClusterClient, request: ObserveRequest, clock: Clock = Date): Promise<Snapshot> {
  const began = clock.now();
  client.begin();
  const observation = new Observation(client, request);
  await observation.run();
  return observation.snapshot(began, clock.now() - began);
}

/** What a coordinator says when it is not, or not yet, the coordinator. */
const MOVED: ReadonlySet<string> = new Set<ErrorName>([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
]);
const MOVED_PAUSE_MS = 200;

type Cluster = ResponseOf<typeof Metadata>;

class Observation {
  readonly #client: ClusterClient;
  readonly #request: ObserveRequest;
  readonly #table = new TopicTable();
  readonly #groups = new Map<string, Group>();
  readonly #brokers = new Map<number, Broker>();
  readonly #problems: Problem[] = [];
  #cluster: Snapshot['cluster'] = { id: null, controller: null };

  constructor(client: ClusterClient, request: ObserveRequest) {
    this.#client = client;
    this.#request = request;
  }

  async run(): Promise<void> {
    const { groups } = this.#request;
    const depth =
      typeof groups === 'object' && 'names' in groups ? await this.#named(groups.names) : await this.#listed();
    await this.#retryMoved(depth);
    const done = await this.#offsets(depth);
    await this.#joinReplication();
    const { commitTimestamps = false } = this.#request.want;
    if (commitTimestamps !== false && this.#isBehind()) {
      // Reading records needs the codecs, which nothing else here does.
      const { readCommitTimestamps } = await import('./commit-timestamps.ts');
      const atMost = commitTimestamps === true ? Number.POSITIVE_INFINITY : commitTimestamps;
      await readCommitTimestamps(this.#client, this.#table, this.#groups.values(), atMost, done);
    }
  }

  /** Whether any group has records before it. */
  #isBehind(): boolean {
    for (const { commits } of this.#groups.values()) {
      for (const { topic, partition, offset } of commits) {
        const end = offset === null ? null : (this.#table.partition(topic, partition)?.highWatermark ?? null);
        if (offset !== null && end !== null && offset < end) return true;
      }
    }
    return false;
  }

  /** Metadata and coordinators in one go, then the groups, then metadata of the topics that turned out to matter. */
  async #named(names: readonly string[]): Promise<number> {
    const allTopics = this.#request.topics === 'all';
    const [metadata, located] = await Promise.all([
      this.#client.metadata(allTopics ? null : []),
      locate(this.#client, [...new Set(names)], 0),
    ]);
    this.#learn(metadata.body);
    this.#beginReplication(metadata.depth);
    await Promise.all([...located].map(([node, groups]) => this.#read(node, groups, 1)));
    if (allTopics) return 2;
    const topics = [...this.#references().keys()];
    if (topics.length === 0) return 2;
    this.#table.learn((await this.#client.metadata(topics, { after: 2 })).body.topics);
    return 3;
  }

  async #listed(): Promise<number> {
    const metadata = await this.#client.metadata(null);
    this.#learn(metadata.body);
    this.#beginReplication(metadata.depth);
    if (this.#request.groups === 'none') return metadata.depth;
    this.#problems.push(...hiddenGroups(metadata.body));
    await Promise.all([...this.#brokers.values()].map((broker) => this.#readBroker(broker, metadata.depth)));
    return 3;
  }

  #learn({ clusterId, controllerId, brokers, topics }: Cluster): void {
    this.#cluster = { id: clusterId, controller: controllerId < 0 ? null : controllerId };
    for (const { nodeId, host, port, rack } of brokers) {
      this.#brokers.set(nodeId, { id: nodeId, host, port, rack, problem: null });
    }
    this.#table.learn(topics);
  }

  #replication: Promise<ReplicationFacts> | null = null;

  /** Goes on beside everything else that needs no more than the metadata. */
  #beginReplication(after: number): void {
    const { want, topics, filter = () => true } = this.#request;
    if (topics !== 'all' || !(want.replication || want.logDirs)) return;
    const table = this.#table.sorted();
    this.#replication = import('./replication.ts').then(({ readReplication }) =>
      readReplication(this.#client, { topics: table, brokers: [...this.#brokers.keys()], filter, want }, after),
    );
    // It is waited for later: until then nobody handles its failure.
    this.#replication.catch(() => undefined);
  }

  #facts: ReplicationFacts | null = null;

  async #joinReplication(): Promise<void> {
    if (this.#replication === null) return;
    const { applyReplication } = await import('./replication.ts');
    this.#facts = await this.#replication;
    this.#problems.push(...applyReplication(this.#facts, this.#table, this.#brokers));
  }

  async #readBroker(broker: Broker, after: number): Promise<void> {
    try {
      const { groups, problem: trouble, depth } = await listGroups(this.#client, broker.id, after);
      if (trouble) this.#problems.push(trouble);
      const selection = this.#request.groups;
      const match = typeof selection === 'object' && 'match' in selection ? selection.match : () => true;
      await this.#read(
        broker.id,
        groups.filter(({ group }) => match(group)),
        depth,
      );
    } catch (error) {
      broker.problem = problemFrom(`broker ${broker.id}`, asClientError(error));
      const message = `the groups that broker ${broker.id} coordinates are missing here: ${broker.problem.message}`;
      this.#problems.push(problem(`broker ${broker.id}`, broker.problem.name, message, broker.problem.advice));
    }
  }

  async #read(node: number, groups: readonly Group[], after: number): Promise<void> {
    if (groups.length === 0) return;
    if (node !== NOWHERE) await readGroups(this.#client, node, groups, this.#request.want, after);
    const { filter } = this.#request;
    for (const group of groups) {
      if (filter) group.commits = group.commits.filter(({ topic, partition }) => filter(topic, partition));
      // A group that is moving between coordinators may be listed by both.
      const known = this.#groups.get(group.group);
      if (known === undefined || (known.problem && !group.problem)) this.#groups.set(group.group, group);
    }
  }

  /** Groups whose coordinator is moving or loading are looked up and read once more, after a pause. */
  async #retryMoved(after: number): Promise<void> {
    const moved = [...this.#groups.values()].filter(({ problem: trouble }) => trouble && MOVED.has(trouble.name));
    if (moved.length === 0) return;
    await sleep(MOVED_PAUSE_MS);
    try {
      const located = await locate(
        this.#client,
        moved.map(({ group }) => group),
        after,
      );
      for (const { group } of moved) this.#groups.delete(group);
      await Promise.all([...located].map(([node, groups]) => this.#read(node, groups, after + 1)));
    } catch (error) {
      this.#problems.push(problemFrom('cluster', asClientError(error)));
    }
  }

  /** The partitions that the groups have committed or been assigned, by topic. */
  #references(): Map<string, Set<number>> {
    const filter = this.#request.filter ?? (() => true);
    const found = new Map<string, Set<number>>();
    const of = (topic: string) => {
      let known = found.get(topic);
      if (known === undefined) {
        known = new Set();
        found.set(topic, known);
      }
      return known;
    };
    for (const { commits, members } of this.#groups.values()) {
      // Commits are sorted, so that their topic changes seldom.
      let topic: string | undefined;
      let partitions = new Set<number>();
      for (const commit of commits) {
        if (commit.topic !== topic) {
          topic = commit.topic;
          partitions = of(topic);
        }
        partitions.add(commit.partition);
      }
      for (const { assignment } of members) {
        for (const assigned of assignment) {
          const wanted = assigned.partitions.filter((partition) => filter(assigned.topic, partition));
          for (const partition of wanted) of(assigned.topic).add(partition);
        }
      }
    }
    return found;
  }

  async #offsets(after: number): Promise<number> {
    const filter = this.#request.filter ?? (() => true);
    this.#trimTasks();
    const references = this.#references();
    const missing = new Set<string>();
    for (const [topic, partitions] of references) {
      const known = this.#table.get(topic);
      if (known?.problem) continue;
      for (const partition of partitions) if (!this.#table.partition(topic, partition)) missing.add(topic);
    }
    const { want } = this.#request;
    const known = this.#table.sorted().filter(({ topic }) => this.#request.topics === 'all' || references.has(topic));
    // Metadata of all topics leaves out those that one may not see; asked by name it tells why.
    const [asked] = await Promise.all([
      readOffsets(this.#client, this.#table, allPartitions(known, filter), want, after),
      this.#relearn([...missing], after),
    ]);
    const done = await this.#again(asked.stale, missing, after + 1);
    for (const [topic, partitions] of references) {
      for (const partition of partitions) this.#table.missing(topic, partition);
    }
    this.#referenced = references;
    return done;
  }

  /** A streams task counts for every source topic of its subtopology, of which some have fewer partitions than there are tasks. */
  #trimTasks(): void {
    const exists = (topic: string, partition: number) =>
      this.#table.get(topic) === undefined || this.#table.partition(topic, partition) !== undefined;
    for (const { type, members } of this.#groups.values()) {
      if (type !== 'streams') continue;
      for (const { assignment, targetAssignment } of members) {
        for (const entry of [...assignment, ...(targetAssignment ?? [])]) {
          entry.partitions = entry.partitions.filter((partition) => exists(entry.topic, partition));
        }
      }
    }
  }

  #referenced: ReadonlyMap<string, unknown> = new Map();

  /** One more attempt for partitions whose leader has moved, and the first one for topics that are newer than the metadata. */
  async #again(
    stale: ReadonlyMap<string, readonly number[]>,
    added: ReadonlySet<string>,
    after: number,
  ): Promise<number> {
    const filter = this.#request.filter ?? (() => true);
    await this.#relearn([...stale.keys()], after);
    const topics = [...new Set([...stale.keys(), ...added])].flatMap((topic) => {
      const found = this.#table.get(topic);
      return found && found.problem === null ? [found] : [];
    });
    const again = allPartitions(topics, filter);
    if (again.size === 0) return after;
    const from = stale.size > 0 ? after + 1 : after;
    return (await readOffsets(this.#client, this.#table, again, this.#request.want, from)).depth;
  }

  async #relearn(topics: readonly string[], after: number): Promise<void> {
    if (topics.length === 0) return;
    try {
      this.#table.learn((await this.#client.metadata(topics, { after })).body.topics);
    } catch (error) {
      this.#problems.push(problemFrom('cluster', asClientError(error)));
    }
  }

  snapshot(began: number, durationMs: number): Snapshot {
    const topics = this.#table.sorted();
    return {
      kind: 'snapshot',
      version: 1,
      at: new Date(began).toISOString(),
      durationMs,
      roundTrips: this.#client.roundTrips,
      requests: Object.fromEntries([...this.#client.requests].sort(([a], [b]) => (a < b ? -1 : 1))),
      cluster: this.#cluster,
      brokers: [...this.#brokers.values()].sort((a, b) => a.id - b.id),
      ...(this.#facts === null ? {} : { fenced: this.#facts.fenced, quorum: this.#facts.quorum }),
      topics: this.#request.topics === 'all' ? topics : topics.filter(({ topic }) => this.#referenced.has(topic)),
      groups: [...this.#groups.values()].sort((a, b) => (a.group < b.group ? -1 : 1)),
      problems: this.#problems,
    };
  }
}

/** No broker lists the groups of a partition of the offsets topic that nobody leads: without a word they would not exist. */
function hiddenGroups({ topics }: Cluster): Problem[] {
  const partitions = topics.find(({ name }) => name === OFFSETS_TOPIC)?.partitions ?? [];
  const lost = partitions.filter(({ leaderId }) => leaderId < 0).map(({ partitionIndex }) => partitionIndex);
  if (lost.length === 0) return [];
  const which = `${lost.length} of ${partitions.length} partitions of ${OFFSETS_TOPIC} have no leader`;
  return [
    problem(
      'cluster',
      'COORDINATOR_NOT_AVAILABLE',
      `groups are missing here: ${which} (${lost.slice(0, 10).join(', ')}${lost.length > 10 ? ' …' : ''})`,
      'The groups that they hold come back with their leader: see which brokers are gone with kmedic isr --offline.',
    ),
  ];
}
