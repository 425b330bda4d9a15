import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../client/cluster-client.ts';
import { observe } from '../cluster/observe.ts';
import { allPartitions, readOffsets } from '../cluster/offsets.ts';
import { problemOf } from '../cluster/problem.ts';
import type { GroupSelection, ObserveRequest } from '../cluster/selection.ts';
import type { Group, Partition, Problem, Snapshot, Topic } from '../cluster/snapshot.ts';
import { TopicTable } from '../cluster/topic-table.ts';
import { ErrorCode } from '../protocol/errors.ts';
import type { Now, PartitionNow } from './drift.ts';
import { keyOf } from './partitions.ts';
import type { Committed } from './plan.ts';
import { inScope, type Scope } from './scope.ts';

/** What is read before anything is planned or applied. Read-only requests alone, on live groups as well. */
export interface Gathered {
  readonly at: string;
  readonly clusterId: string | null;
  readonly groups: readonly Group[];
  readonly topics: ReadonlyMap<string, Topic>;
  readonly problems: readonly Problem[];
  /** The longest chain of requests. */
  readonly roundTrips: number;
  readonly requests: Readonly<Record<string, number>>;
}

export interface GatherRequest {
  readonly groups: GroupSelection;
  /** Topics that are looked at whether or not a group has committed them. */
  readonly topics: readonly string[];
  /** Leaves out the offsets of partitions that nobody asks about. */
  readonly scope?: Scope;
}

/** Reads groups with members and commits, and the range of every partition that matters. Rejects with a ClientError. */
export async function gather(client: ClusterClient, request: GatherRequest): Promise<Gathered> {
  const scope = request.scope ?? 'committed';
  const filter = (topic: string, partition: number): boolean => inScope(scope, topic, partition);
  const snapshot = await observeSettled(client, {
    groups: request.groups,
    want: { members: true, commits: true, offsets: true },
    ...(scope === 'committed' ? {} : { filter }),
  });
  const gathered = gatheredFrom(snapshot);
  const topics = new Map(gathered.topics);
  for (const topic of request.topics) if (topics.get(topic)?.problem != null) topics.delete(topic);
  const added = await readTopics(client, request.topics, filter, snapshot.roundTrips);
  for (const topic of added) topics.set(topic.topic, topic);
  return { ...gathered, topics, roundTrips: client.roundTrips, requests: Object.fromEntries(client.requests) };
}

/** The same from a snapshot alone, a recorded one for instance. */
export function gatheredFrom(snapshot: Snapshot): Gathered {
  return {
    at: snapshot.at,
    clusterId: snapshot.cluster.id,
    groups: snapshot.groups,
    topics: new Map(snapshot.topics.map((topic) => [topic.topic, topic])),
    problems: snapshot.problems,
    roundTrips: snapshot.roundTrips,
    requests: snapshot.requests,
  };
}

/** A cluster that was never committed to makes its offsets topic when it is first asked, and coordinators load. */
const UNSETTLED: ReadonlySet<string> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
]);
const SETTLE_ATTEMPTS = 8;
const SETTLE_PAUSE_MS = 500;

/** Observes, and looks again for a few seconds while groups have no coordinator. */
async function observeSettled(client: ClusterClient, request: ObserveRequest): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    const snapshot = await observe(client, request);
    const unsettled = snapshot.groups.some(({ problem }) => problem !== null && UNSETTLED.has(problem.name));
    if (!unsettled || attempt === SETTLE_ATTEMPTS) return snapshot;
    await sleep(SETTLE_PAUSE_MS);
  }
}

/** Topics by name with the ranges of those partitions that pass; a topic that does not exist comes with its problem. */
export async function readTopics(
  client: ClusterClient,
  names: readonly string[],
  filter: (topic: string, partition: number) => boolean,
  after = 0,
): Promise<Topic[]> {
  if (names.length === 0) return [];
  const table = new TopicTable();
  const answer = await client.metadata([...new Set(names)], { after });
  const wanted = new Set(names);
  table.learn(answer.body.topics.filter(({ name }) => name !== null && wanted.has(name)));
  const ask = (topics: readonly Topic[], since: number) =>
    readOffsets(client, table, allPartitions(topics, filter), { offsets: true }, since);
  const { stale, depth } = await ask(
    table.sorted().filter(({ problem }) => problem === null),
    answer.depth,
  );
  if (stale.size > 0) {
    const again = await client.metadata([...stale.keys()], { after: depth });
    table.learn(again.body.topics);
    const moved = table.sorted().filter(({ topic, problem }) => problem === null && stale.has(topic));
    await ask(moved, again.depth);
  }
  return table.sorted();
}

/** What is known of one partition; a partition that does not exist has that as its problem. */
export function partitionNow(gathered: Pick<Gathered, 'topics'>, topic: string, partition: number): PartitionNow {
  const known = gathered.topics.get(topic);
  const facts = known === undefined ? undefined : partitionOf(known, partition);
  const topicId = known?.topicId ?? null;
  if (facts === undefined) {
    const scope = keyOf(topic, partition);
    const problem = known?.problem ?? problemOf(scope, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    return { topicId, start: null, end: null, problem: { ...problem, scope } };
  }
  return { topicId, start: facts.start, end: facts.highWatermark, problem: facts.problem };
}

/** A partition by its number; brokers list them in order, but need not. */
export function partitionOf(topic: Topic, partition: number): Partition | undefined {
  const direct = topic.partitions[partition];
  return direct?.partition === partition ? direct : topic.partitions.find((entry) => entry.partition === partition);
}

/**
 * The commits of a group by partition. All of them were asked for, so a negative offset is one that is stored. A commit
 * that could not be read is left out.
 */
export function commitsOf(group: Group): Map<string, Committed> {
  const commits = new Map<string, Committed>();
  for (const { topic, partition, offset, leaderEpoch, metadata } of group.commits) {
    if (offset !== null) commits.set(keyOf(topic, partition), { offset, leaderEpoch, metadata });
  }
  return commits;
}

export interface GroupFacts {
  readonly exists: boolean;
  /** Kafka's word; null where the group does not exist. */
  readonly state: string | null;
  /** Why nothing can be known about the group. */
  readonly problem: Problem | null;
}

/** Whether a group is there. One that nobody knows can still be committed for: that creates it. */
export function groupFacts(group: Group): GroupFacts {
  const missing = group.problem?.name === 'GROUP_ID_NOT_FOUND';
  if (missing) return { exists: group.commits.length > 0, state: null, problem: null };
  return { exists: true, state: group.state, problem: group.problem };
}

/** The world of one group as the drift check wants it. */
export function nowOf(gathered: Gathered, group: Group): Now {
  const commits = commitsOf(group);
  const { exists, state } = groupFacts(group);
  const members = group.members.map(({ memberId, clientId, host }) => ({ memberId, clientId, host }));
  return {
    clusterId: gathered.clusterId,
    group: { exists, type: group.type, state, members },
    subscribed: (topic) =>
      group.members.some(
        ({ subscribedTopics, assignment }) =>
          subscribedTopics === null ||
          subscribedTopics.includes(topic) ||
          assignment.some((own) => own.topic === topic),
      ),
    commit: (topic, partition) => commits.get(keyOf(topic, partition)) ?? null,
    partition: (topic, partition) => partitionNow(gathered, topic, partition),
  };
}
