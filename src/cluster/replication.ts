import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DescribeCluster } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { type DescribedPartition, describePartitions } from './describe-partitions.ts';
import { readLogDirs } from './log-dirs.ts';
import { problem, problemFrom, problemOf } from './problem.ts';
import { readQuorum } from './quorum.ts';
import { readReassignments } from './reassignments.ts';
import { readReplicaEnds } from './replica-ends.ts';
import type { Want } from './selection.ts';
import type { Broker, FencedBroker, LogDir, Partition, Problem, Quorum, Reassignment, Topic } from './snapshot.ts';
import { readTopicConfigs, type TopicConfig } from './topic-configs.ts';
import type { TopicTable } from './topic-table.ts';

/** What is known when replication is read: the metadata. */
export interface ReplicationRequest {
  readonly topics: readonly Topic[];
  readonly brokers: readonly number[];
  readonly filter: (topic: string, partition: number) => boolean;
  readonly want: Want;
}

/** Values by topic and partition, and what could not be read. */
export interface ReplicationFacts {
  /** Null where the cluster does not tell. */
  readonly fenced: FencedBroker[] | null;
  readonly quorum: Quorum | null;
  readonly described: readonly DescribedPartition[];
  readonly configs: ReadonlyMap<string, TopicConfig>;
  readonly reassignments: ByPartition<Reassignment> | null;
  readonly ends: ByPartition<NonNullable<Partition['replicaEnds']>>;
  readonly logs: ByPartition<NonNullable<Partition['replicaLogs']>>;
  readonly logDirs: ReadonlyMap<number, LogDir[]>;
  /** Brokers that did not answer. */
  readonly silent: ReadonlyMap<number, Problem>;
  readonly problems: readonly Problem[];
  readonly want: Want;
}

export type ByPartition<T> = ReadonlyMap<string, ReadonlyMap<number, T>>;

/**
 * Reads what is known of replication beyond the metadata, everything in flight together: one answer deep, however many
 * brokers and topics there are (only a broker with a lower limit for a page of partitions costs more). Never rejects for
 * a broker's fault: what failed is a problem, and what an older broker does not serve is null.
 */
export async function readReplication(
  client: ClusterClient,
  { topics, brokers, filter, want }: ReplicationRequest,
  after: number,
): Promise<ReplicationFacts> {
  const wanted = topics
    .filter(({ problem: trouble }) => trouble === null)
    .map((topic) => ({ topic, partitions: topic.partitions.filter(({ partition }) => filter(topic.topic, partition)) }))
    .filter(({ partitions }) => partitions.length > 0);
  const names = wanted.map(({ topic }) => topic.topic);
  const problems: Problem[] = [];
  const silent = new Map<number, Problem>();
  const unread = (what: string) => (error: unknown) => {
    const { name, message, advice } = problemFrom('cluster', asClientError(error));
    problems.push(problem('cluster', name, `${what} could not be read: ${message}`, advice));
  };
  const replication = want.replication === true;
  const [described, configs, reassignments, quorum, fenced, ends, , dirs] = await Promise.all([
    replication
      ? describePartitions(
          client,
          wanted.map(({ topic }) => topic),
          after,
        ).catch(unread('eligible leader replicas'))
      : null,
    replication ? readTopicConfigs(client, names, after, problems).catch(unread('min.insync.replicas')) : null,
    replication ? readReassignments(client, after, problems).catch(unread('reassignments')) : null,
    readQuorum(client, after, problems).catch(unread('the metadata quorum')),
    readFenced(client, after).catch(unread('the fenced brokers')),
    replication ? readReplicaEnds(client, wanted, brokers, after) : null,
    Promise.all(brokers.map((id) => ping(client, id, after, silent))),
    want.logDirs ? readLogDirs(client, brokers, filter, after, problems) : null,
  ]);
  return {
    fenced: fenced ?? null,
    quorum: quorum ?? null,
    described: described ?? [],
    configs: configs ?? new Map(),
    reassignments: reassignments ?? null,
    ends: ends ?? new Map(),
    logs: dirs?.logs ?? new Map(),
    logDirs: dirs?.logDirs ?? new Map(),
    silent,
    problems,
    want,
  };
}

/** A small question that a broker answers from memory. One that listens and does not answer is frozen, or cut off. */
async function ping(client: ClusterClient, id: number, after: number, silent: Map<number, Problem>): Promise<void> {
  try {
    if (await client.speaks(id, DescribeCluster)) await client.call(id, DescribeCluster, {}, { after });
  } catch (error) {
    silent.set(id, problemFrom(`broker ${id}`, asClientError(error)));
  }
}

/** The first version of DescribeCluster that tells of fenced brokers (KIP-1073). */
const WITH_FENCED = 2;

async function readFenced(client: ClusterClient, after: number): Promise<FencedBroker[] | null> {
  if (!(await client.speaks('any', DescribeCluster, WITH_FENCED))) return null;
  const { body } = await client.call('any', DescribeCluster, { includeFencedBrokers: true }, { after });
  if (body.errorCode !== ErrorCode.NONE) return null;
  return body.brokers
    .filter(({ isFenced }) => isFenced)
    .map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack }))
    .sort((a, b) => a.id - b.id);
}

/**
 * Writes the facts into the topics and brokers of a snapshot, when everything that might read metadata again has done
 * so. Returns the problems to add.
 */
export function applyReplication(facts: ReplicationFacts, table: TopicTable, brokers: Map<number, Broker>): Problem[] {
  const problems = [...facts.problems];
  for (const described of facts.described) takeOver(table, described);
  for (const [name, config] of facts.configs) {
    const topic = table.get(name);
    if (topic) Object.assign(topic, config);
  }
  if (facts.want.replication) {
    for (const topic of table.sorted()) {
      topic.minIsr ??= null;
      topic.uncleanElection ??= null;
      for (const partition of topic.partitions) {
        partition.elr ??= null;
        if (facts.reassignments !== null) {
          partition.reassignment = facts.reassignments.get(topic.topic)?.get(partition.partition) ?? null;
        }
      }
    }
  }
  each(facts.ends, table, (partition, ends) => {
    partition.replicaEnds = ends;
  });
  each(facts.logs, table, (partition, logs) => {
    partition.replicaLogs = logs;
  });
  for (const [id, dirs] of facts.logDirs) {
    const broker = brokers.get(id);
    if (broker) broker.logDirs = dirs;
  }
  for (const [id, trouble] of [...facts.silent].sort(([a], [b]) => a - b)) {
    const broker = brokers.get(id);
    if (broker === undefined || broker.problem !== null) continue;
    broker.problem = trouble;
    problems.push(trouble);
  }
  return problems;
}

function each<T>(values: ByPartition<T>, table: TopicTable, put: (partition: Partition, value: T) => void): void {
  for (const [topic, partitions] of values) {
    for (const [id, value] of partitions) {
      const partition = table.partition(topic, id);
      if (partition) put(partition, value);
    }
  }
}

/** ISR and ELR belong together: both come from one answer, unless the metadata has been read again since. */
function takeOver(table: TopicTable, described: DescribedPartition): void {
  const partition = table.partition(described.topic, described.partition);
  if (partition === undefined) return;
  if ((partition.leaderEpoch ?? -1) > described.leaderEpoch) return;
  const { leader, replicas, isr, offlineReplicas, elr, lastKnownElr } = described;
  const hadLeader = partition.leader !== null;
  Object.assign(partition, { leader, replicas, isr, offlineReplicas, elr, lastKnownElr });
  partition.leaderEpoch = described.leaderEpoch < 0 ? null : described.leaderEpoch;
  const scope = `${described.topic}-${described.partition}`;
  if (leader === null && hadLeader) partition.problem ??= problemOf(scope, ErrorCode.LEADER_NOT_AVAILABLE);
  if (leader !== null && !hadLeader) partition.problem = null;
}
