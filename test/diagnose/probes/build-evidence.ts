import type { CommitHistory, Generation, GroupHistory, HistoryMember } from '../../../src/cluster/history.ts';
import { type Recording, recordingOf } from '../../../src/cluster/recording.ts';
import type { Group, Snapshot, Topic } from '../../../src/cluster/snapshot.ts';
import type { ClientConfig, Evidence, LogDirEvidence } from '../../../src/diagnose/model.ts';
import { AT_MS, commit, group, member, partition, snapshot, topic } from '../../health/build-snapshot.ts';

/** Evidence made by hand: a cluster that is fine, and what a test changes of it. */

export const GROUP = { kind: 'group', name: 'payments' } as const;
export const CLUSTER = { kind: 'cluster', name: null } as const;
export const ORDERS = { kind: 'topic', name: 'orders' } as const;
export const broker = (id: number) => ({ kind: 'broker', name: String(id) }) as const;

/** Seconds between two samples, of which there are three unless a test says otherwise. */
export const EVERY_MS = 6_000;

export interface Parts {
  /** One snapshot for each sample: `ago` is how many samples it lies before the newest. */
  readonly sample?: (ago: number) => Snapshot;
  readonly count?: number;
  readonly histories?: readonly GroupHistory[];
  readonly topicConfigs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly brokerConfigs?: Readonly<Record<string, string>>;
  readonly rest?: Partial<Recording>;
  readonly client?: Readonly<Record<string, string>>;
  readonly logDir?: LogDirEvidence;
}

export function at(ago: number): string {
  return new Date(AT_MS - ago * EVERY_MS).toISOString();
}

export function evidence(parts: Parts = {}): Evidence {
  const { sample = busy, count = 3, topicConfigs = {}, brokerConfigs = {} } = parts;
  const samples = Array.from({ length: count }, (_, index) => {
    const ago = count - 1 - index;
    return { ...sample(ago), at: at(ago) };
  });
  const entries = (configs: Readonly<Record<string, string>>) =>
    Object.entries(configs).map(([name, value]) => ({ name, value, source: 'topic' as const }));
  const [first = snapshot([], [])] = samples;
  const client: ClientConfig | null =
    parts.client === undefined ? null : { file: 'client.properties', properties: { ...parts.client } };
  return {
    recording: {
      ...recordingOf(first),
      samples,
      histories: [...(parts.histories ?? [])],
      topicConfigs: Object.entries(topicConfigs).map(([name, configs]) => ({
        topic: name,
        configs: entries(configs),
        problem: null,
      })),
      brokerConfigs: [1, 2, 3].map((id) => ({ broker: id, configs: entries(brokerConfigs), problem: null })),
      transactions: { open: [], asked: [], coordinatorsAsked: true },
      ...parts.rest,
    },
    client,
    logDir: parts.logDir ?? null,
  };
}

/** Ten records a second in each of three partitions. */
const PER_SAMPLE = 60;
export const END = 4_800;

export const ends = (ago: number): number => END - ago * PER_SAMPLE;

export function orders(ago: number, rest: Partial<Topic> = {}): Topic {
  return topic(
    'orders',
    [0, 1, 2].map((id) => partition(id, ends(ago), { replicas: replicasOf(id) })),
    { minIsr: 2, topicId: 'a', uncleanElection: false, ...rest },
  );
}

/** The first one leads. */
function replicasOf(id: number): number[] {
  return [0, 1, 2].map((step) => ((id + step) % 3) + 1);
}

export function payments(ago: number, rest: Partial<Group> = {}): Group {
  return group('payments', {
    members: [0, 1, 2].map((id) => member(`pay-${id + 1}`, { orders: [id] })),
    commits: [0, 1, 2].map((id) => commit('orders', id, ends(ago))),
    ...rest,
  });
}

/** A healthy cluster at work. */
export function busy(ago: number): Snapshot {
  return snapshot([orders(ago)], [payments(ago)]);
}

/** A healthy cluster on which nothing happens. */
export function idle(): Snapshot {
  return snapshot([orders(0)], [payments(0), group('reports', { commits: [commit('orders', 0, END)] })]);
}

export function historyMember(clientId: string, id: string, rest: Partial<HistoryMember> = {}): HistoryMember {
  return {
    memberId: `${clientId}-${id}`,
    instanceId: null,
    clientId,
    host: '127.0.0.1',
    rebalanceTimeoutMs: 300_000,
    sessionTimeoutMs: 45_000,
    partitions: 1,
    ...rest,
  };
}

/** Generations from member lists; `secondsAgo` before the recording ends. */
export function generations(list: readonly (readonly [secondsAgo: number, members: HistoryMember[]])[]): Generation[] {
  return list.map(([secondsAgo, members], index) => {
    const before = new Set(list[index - 1]?.[1].map(({ memberId }) => memberId));
    const now = new Set(members.map(({ memberId }) => memberId));
    return {
      generation: index + 1,
      atMs: AT_MS - secondsAgo * 1_000,
      protocol: members.length === 0 ? null : 'range',
      leader: members[0]?.memberId ?? null,
      members,
      joined: [...now].filter((id) => !before.has(id)).length,
      left: [...before].filter((id) => !now.has(id)).length,
    };
  });
}

/** Commits of a partition, `everyMs` apart, the newest `endedMs` before the recording ends. */
export function commitSeries(
  id: number,
  { everyMs = 1_000, endedMs = 500, count = 20, step = 10, rest = {} as Partial<CommitHistory> } = {},
): CommitHistory {
  const newest = Array.from({ length: count }, (_, index) => ({
    atMs: AT_MS - endedMs - (count - 1 - index) * everyMs,
    offset: 1_000 + index * step,
  }));
  return {
    topic: 'orders',
    partition: id,
    commits: count,
    firstAtMs: newest[0]?.atMs ?? null,
    lastAtMs: newest.at(-1)?.atMs ?? null,
    firstOffset: newest[0]?.offset ?? null,
    lastOffset: newest.at(-1)?.offset ?? null,
    newest,
    intervalMs: { min: everyMs, median: everyMs, max: everyMs },
    rewinds: 0,
    largestRewind: 0,
    unchanged: 0,
    removedAtMs: null,
    ...rest,
  };
}

export function history(rest: Partial<GroupHistory> = {}): GroupHistory {
  const steady = [0, 1, 2].map((id) => historyMember(`pay-${id + 1}`, '0001'));
  return {
    group: 'payments',
    partition: 7,
    fromMs: AT_MS - 600_000,
    toMs: AT_MS,
    complete: true,
    records: 100,
    bytes: 10_000,
    generations: generations([[500, steady]]),
    generationsSeen: 1,
    commits: [0, 1, 2].map((id) => commitSeries(id)),
    removedAtMs: null,
    problem: null,
    ...rest,
  };
}
