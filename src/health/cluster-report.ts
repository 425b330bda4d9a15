import * as z from 'zod';
import { quorumSchema, type Snapshot } from '../cluster/snapshot.ts';
import { verdictCounts } from './isr-document.ts';
import { byCodeUnit } from './join.ts';
import { judgeIsr } from './judge-isr.ts';
import { clusterSchema, documentErrorSchema } from './lag-document.ts';

export const BROKER_STATUSES = ['up', 'silent', 'fenced', 'gone'] as const;

const brokerSchema = z.object({
  broker: z.int(),
  host: z.string().nullable(),
  port: z.int().nullable(),
  rack: z.string().nullable(),
  status: z
    .enum(BROKER_STATUSES)
    .describe(
      'silent: in the cluster, and does not answer; fenced: registered, and not in the cluster; gone: only named as a replica',
    ),
  controller: z.boolean().nullable().describe('the active controller; null where the cluster does not tell'),
  leaders: z.int().describe('partitions that it leads'),
  replicas: z.int(),
  notInSync: z.int().describe('of its replicas, those that are not in the ISR'),
  bytes: z.number().nullable().describe('of its replicas, as it tells itself'),
  usableBytes: z.number().nullable().describe('free in the volumes of its log directories'),
  totalBytes: z.number().nullable(),
  logDirs: z.array(
    z.object({
      path: z.string(),
      error: z.string().nullable(),
      replicaBytes: z.number(),
      totalBytes: z.number().nullable(),
      usableBytes: z.number().nullable(),
    }),
  ),
  error: z.string().nullable(),
});
export type ClusterBroker = z.infer<typeof brokerSchema>;

const largeSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  leader: z.int().nullable(),
  bytes: z.number().describe('of its largest replica'),
  replicas: z.array(z.object({ broker: z.int(), bytes: z.number() })),
});
export type LargePartition = z.infer<typeof largeSchema>;

const blastSchema = z.object({
  of: z.string().describe('broker:N or topic:T'),
  leaders: z.int().describe('partitions that the broker leads'),
  topics: z.array(z.object({ topic: z.string(), partitions: z.int(), leaders: z.int(), brokers: z.array(z.int()) })),
  groups: z.array(
    z.object({
      group: z.string(),
      state: z.string().nullable(),
      members: z.int(),
      topics: z.array(z.string()).describe('of those above, the ones that it reads or has committed'),
      coordinated: z.boolean().describe('the broker is its coordinator'),
    }),
  ),
});
export type BlastRadius = z.infer<typeof blastSchema>;

/** Published schema of `kmedic cluster -o json`. */
export const clusterDocumentSchema = z.object({
  kind: z.literal('cluster'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  brokers: z.array(brokerSchema),
  quorum: quorumSchema.nullable(),
  partitions: z.object({ total: z.int(), topics: z.int(), verdicts: z.record(z.string(), z.int()) }),
  biggest: z.array(largeSchema),
  blastRadius: blastSchema.nullable(),
  errors: z.array(documentErrorSchema),
});
export type ClusterDocument = z.infer<typeof clusterDocumentSchema>;

/** What a blast radius is asked of. */
export type BlastTarget = { readonly broker: number } | { readonly topic: string };

/** Sums a snapshot up by broker. Linear in the number of replicas. */
export function clusterDocument(snapshot: Snapshot, biggest: number, target: BlastTarget | null): ClusterDocument {
  const report = judgeIsr(snapshot);
  return {
    kind: 'cluster',
    version: 1,
    at: snapshot.at,
    cluster: { id: snapshot.cluster.id },
    brokers: brokersOf(snapshot),
    quorum: snapshot.quorum ?? null,
    partitions: {
      total: report.partitions.length,
      topics: new Set(report.partitions.map(({ topic }) => topic)).size,
      verdicts: verdictCounts(report.partitions),
    },
    biggest: largest(snapshot, biggest),
    blastRadius: target === null ? null : blastRadius(snapshot, target),
    errors: [...report.problems],
  };
}

function brokersOf(snapshot: Snapshot): ClusterBroker[] {
  const counts = new Map<number, { leaders: number; replicas: number; notInSync: number }>();
  const of = (id: number): { leaders: number; replicas: number; notInSync: number } => {
    const found = counts.get(id) ?? { leaders: 0, replicas: 0, notInSync: 0 };
    counts.set(id, found);
    return found;
  };
  for (const { partitions } of snapshot.topics) {
    for (const { leader, replicas, isr } of partitions) {
      if (leader !== null) of(leader).leaders += 1;
      for (const id of replicas) {
        of(id).replicas += 1;
        if (!isr.includes(id)) of(id).notInSync += 1;
      }
    }
  }
  const { quorum } = snapshot;
  const none = { leaders: 0, replicas: 0, notInSync: 0 };
  // In KRaft the metadata names any broker as the controller; the quorum's leader is the one.
  const controller = quorum?.leader ?? (quorum === null || quorum === undefined ? snapshot.cluster.controller : null);
  const isController = (id: number): boolean | null => (controller === null ? null : controller === id);
  const rows: ClusterBroker[] = snapshot.brokers.map(({ id, host, port, rack, problem, logDirs }) => {
    const silent = problem?.name === 'TIMED_OUT' || problem?.name === 'UNREACHABLE';
    return {
      broker: id,
      host,
      port,
      rack,
      status: silent ? 'silent' : 'up',
      controller: isController(id),
      ...(counts.get(id) ?? none),
      bytes: sum(logDirs?.map(({ replicaBytes }) => replicaBytes)),
      usableBytes: sum(logDirs?.map(({ usableBytes }) => usableBytes)),
      totalBytes: sum(logDirs?.map(({ totalBytes }) => totalBytes)),
      logDirs: logDirs ?? [],
      error: problem?.name ?? null,
    };
  });
  const known = new Set(rows.map(({ broker }) => broker));
  const away = (id: number, status: 'fenced' | 'gone'): ClusterBroker => {
    const fenced = snapshot.fenced?.find((each) => each.id === id);
    known.add(id);
    return {
      broker: id,
      host: fenced?.host ?? null,
      port: fenced?.port ?? null,
      rack: fenced?.rack ?? null,
      status,
      controller: isController(id),
      ...(counts.get(id) ?? none),
      bytes: null,
      usableBytes: null,
      totalBytes: null,
      logDirs: [],
      error: null,
    };
  };
  for (const { id } of snapshot.fenced ?? []) if (!known.has(id)) rows.push(away(id, 'fenced'));
  for (const id of counts.keys()) if (!known.has(id)) rows.push(away(id, 'gone'));
  return rows.sort((a, b) => a.broker - b.broker);
}

/** Null as soon as one part is not known, and where nobody was asked. */
function sum(values: readonly (number | null)[] | undefined): number | null {
  if (values === undefined || values.length === 0) return null;
  let total = 0;
  for (const value of values) {
    if (value === null) return null;
    total += value;
  }
  return total;
}

function largest(snapshot: Snapshot, count: number): LargePartition[] {
  return snapshot.topics
    .flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition, leader, replicaLogs = [] }): LargePartition[] => {
        const replicas = replicaLogs.filter(({ future }) => !future).map(({ broker, bytes }) => ({ broker, bytes }));
        if (replicas.length === 0) return [];
        return [{ topic, partition, leader, bytes: Math.max(...replicas.map(({ bytes }) => bytes)), replicas }];
      }),
    )
    .sort((a, b) => b.bytes - a.bytes || byCodeUnit(a.topic, b.topic) || a.partition - b.partition)
    .slice(0, count);
}

/** Who is hit when a broker or a topic has trouble: its topics, and the groups that read them or that it coordinates. */
export function blastRadius(snapshot: Snapshot, target: BlastTarget): BlastRadius {
  const broker = 'broker' in target ? target.broker : null;
  const topics = snapshot.topics.flatMap(({ topic, partitions }) => {
    const hit =
      'topic' in target
        ? topic === target.topic
          ? partitions
          : []
        : partitions.filter(({ replicas }) => replicas.includes(target.broker));
    if (hit.length === 0) return [];
    const leaders = hit.filter(({ leader }) => (broker === null ? leader !== null : leader === broker)).length;
    const brokers = [...new Set(hit.flatMap(({ replicas }) => replicas))].sort((a, b) => a - b);
    return [{ topic, partitions: hit.length, leaders, brokers }];
  });
  const names = new Set(topics.map(({ topic }) => topic));
  const groups = snapshot.groups.flatMap(({ group, state, members, commits, coordinator }) => {
    const reads = new Set<string>();
    for (const { topic, offset } of commits) if (offset !== null && names.has(topic)) reads.add(topic);
    for (const { assignment } of members) for (const { topic } of assignment) if (names.has(topic)) reads.add(topic);
    const coordinated = broker !== null && coordinator === broker;
    if (reads.size === 0 && !coordinated) return [];
    return [{ group, state, members: members.length, topics: [...reads].sort(byCodeUnit), coordinated }];
  });
  return {
    of: broker === null ? `topic:${'topic' in target ? target.topic : ''}` : `broker:${broker}`,
    leaders: topics.reduce((total, { leaders }) => total + leaders, 0),
    topics: topics.sort((a, b) => byCodeUnit(a.topic, b.topic)),
    groups: groups.sort((a, b) => byCodeUnit(a.group, b.group)),
  };
}
