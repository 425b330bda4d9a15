import type { Snapshot } from '../cluster/snapshot.ts';
import type { Advice, IsrPartition } from './isr-report.ts';
import type { BrokerStates } from './judge-isr.ts';
import { type Phrase, phrase, span } from './phrase.ts';

/** Severities that need a cause. */
const TROUBLED = new Set(['error', 'warn']);

/** Why partitions are short of replicas, by broker: what the snapshot proves, no guesses. Sorted by broker. */
export function causesOf(partitions: readonly IsrPartition[], snapshot: Snapshot, states: BrokerStates): Phrase[] {
  const short = partitions.filter(({ severity }) => TROUBLED.has(severity));
  const absent = new Map<number, IsrPartition[]>();
  const note = (broker: number, partition: IsrPartition): void => {
    const list = absent.get(broker) ?? [];
    if (list.at(-1) !== partition) list.push(partition);
    absent.set(broker, list);
  };
  for (const partition of short) {
    for (const { broker } of partition.missing) note(broker, partition);
    // Without a leader the ISR still names the last member, dead or not (no ELR).
    if (partition.offline) for (const id of partition.replicas) if (!states.live.has(id)) note(id, partition);
    if (partition.leader !== null && states.silent.has(partition.leader)) note(partition.leader, partition);
  }
  return [...absent].sort(([a], [b]) => a - b).map(([broker, hit]) => cause(broker, hit, partitions, snapshot, states));
}

function cause(
  broker: number,
  hit: readonly IsrPartition[],
  all: readonly IsrPartition[],
  snapshot: Snapshot,
  { live, silent, racks }: BrokerStates,
): Phrase {
  const rack = racks.get(broker) ?? null;
  const who = rack === null ? `broker ${broker}` : `broker ${broker} (rack ${rack})`;
  const away = snapshot.quorum?.replicas.find(({ id }) => id === broker)?.silentMs ?? null;
  if (!live.has(broker)) {
    return away === null
      ? phrase`${who} left the cluster; partitions that miss it: ${hit.length}`
      : phrase`${who} left the cluster, the controllers last heard of it ${span(away)} ago; partitions that miss it: ${hit.length}`;
  }
  if (silent.has(broker)) {
    return phrase`${who} is in the cluster and does not answer (frozen, overloaded or cut off?); partitions affected: ${hit.length}`;
  }
  const isOffline = ({ missing }: IsrPartition): boolean =>
    missing.some((replica) => replica.broker === broker && replica.state === 'offline');
  if (hit.every(isOffline)) {
    return phrase`${who} is alive, and its log directory is offline (failed or full) until it is restarted; partitions that miss it: ${hit.length}`;
  }
  const leaders = [...new Set(hit.flatMap(({ leader }) => (leader === null ? [] : [leader])))].sort((a, b) => a - b);
  const [leader] = leaders;
  const held = all.filter((entry) => entry.leader !== broker && entry.replicas.includes(broker));
  const followed = held.filter((entry) => entry.leader === leader).length;
  if (leaders.length === 1 && leader !== undefined && followed === hit.length) {
    return phrase`${who} falls behind on every partition that broker ${String(leader)} leads (${hit.length})`;
  }
  return phrase`${who} is alive and falls behind on ${hit.length} of the ${held.length} partitions that it follows`;
}

/** What clients see of it, where its name would not be found in their logs. */
export function symptomsOf(partitions: readonly IsrPartition[]): Phrase[] {
  if (!partitions.some(({ verdict }) => verdict === 'UNDER-MIN-ISR')) return [];
  return [
    phrase`acks=all producers get NOT_ENOUGH_REPLICAS and retry; Java reports only a TimeoutException, after delivery.timeout.ms (2 minutes by default)`,
  ];
}

/** The commands that bring the reader on, most useful first. */
export function adviceOf(partitions: readonly IsrPartition[], { live }: BrokerStates): Advice[] {
  const advice: Advice[] = [];
  const short = partitions.filter(({ severity }) => TROUBLED.has(severity));
  if (short.length > 0) {
    advice.push({ when: 'why', next: { command: ['diagnose'], subject: 'isr', options: [] } });
    const busiest = busiestBroker(short, live);
    if (busiest !== null) {
      const next = { command: ['isr', 'can-restart'], subject: String(busiest), options: [] };
      advice.push({ when: 'before any restart', next });
    }
    advice.push({
      when: 'until it is over',
      next: {
        command: ['wait', 'isr'],
        subject: null,
        options: ['--for', 'healthy'],
        offline: { command: ['isr'], options: ['--only-problems'] },
      },
    });
  }
  // A leaderless partition with a live replica: the last way out.
  const lost = short.find(
    ({ offline, leader, replicas, missing }) =>
      offline &&
      leader === null &&
      replicas.some((id) => live.has(id) && !missing.some((each) => each.broker === id && each.state === 'offline')),
  );
  if (lost !== undefined) {
    advice.push({
      when: 'last resort, loses records',
      next: {
        command: ['isr', 'elect'],
        subject: `${lost.topic}:${lost.partition}`,
        options: ['--unclean'],
        offline: { command: ['isr'], options: ['--offline'] },
      },
    });
  }
  if (short.length === 0 && partitions.some(({ verdict }) => verdict === 'UNBALANCED')) {
    advice.push({
      when: 'to balance the leaders',
      next: {
        command: ['isr', 'elect'],
        subject: null,
        options: ['--preferred'],
        offline: { command: ['isr'], options: ['--unbalanced'] },
      },
    });
  }
  return advice;
}

/** The live broker that most of the troubled partitions still rely on. */
function busiestBroker(short: readonly IsrPartition[], live: ReadonlySet<number>): number | null {
  const counts = new Map<number, number>();
  for (const { isr } of short) for (const id of isr) if (live.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return first?.[0] ?? null;
}
