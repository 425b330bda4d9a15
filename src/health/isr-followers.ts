import type { Partition, Topic } from '../cluster/snapshot.ts';
import type { JoiningReplica, MissingReplica } from './isr-report.ts';

/** Ids of brokers in the metadata, and of those among them that did not answer. */
export interface Presence {
  readonly live: ReadonlySet<number>;
  readonly silent: ReadonlySet<number>;
}

/** By membership, not by number: an ISR that already has a new replica must not hide that an old one is missing. */
export function missingOf(
  partition: Partition,
  adding: readonly number[],
  { live, silent }: Presence,
): MissingReplica[] {
  const absent = partition.replicas.filter((replica) => !partition.isr.includes(replica) && !adding.includes(replica));
  return absent.map((broker): MissingReplica => {
    const hasFailed = partition.offlineReplicas.includes(broker);
    const state = !live.has(broker) ? 'down' : silent.has(broker) ? 'silent' : hasFailed ? 'offline' : 'behind';
    return { broker, state, behind: behindOf(partition, broker) };
  });
}

/** The new replicas of a reassignment that are not in the ISR yet. */
export function joiningOf(partition: Partition, adding: readonly number[]): JoiningReplica[] {
  return adding
    .filter((replica) => !partition.isr.includes(replica))
    .map((broker) => ({ broker, behind: behindOf(partition, broker) }));
}

/**
 * Which of these replicas replicate no faster than their throttle: named by the topic as throttled followers, or
 * followers of a leader that it names. Who is in the ISR is never throttled (KIP-73).
 */
export function throttledOf(topic: Topic, { partition, leader }: Partition, outside: readonly number[]): number[] {
  const { throttled } = topic;
  if (throttled === undefined || leader === null) return [];
  if (names(throttled.leader, partition, leader)) return [...outside];
  return outside.filter((broker) => names(throttled.follower, partition, broker));
}

/** Whether `*` or `partition:broker,…` names a replica. */
function names(list: string, partition: number, broker: number): boolean {
  return list.split(',').some((item) => item.trim() === '*' || item.trim() === `${partition}:${broker}`);
}

/** Null where one of the two does not tell the end of its log. */
function behindOf({ replicaEnds = [], leader, logEnd }: Partition, broker: number): number | null {
  const endOf = (id: number | null): number | undefined => replicaEnds.find((each) => each.broker === id)?.logEnd;
  const leaderEnd = endOf(leader) ?? logEnd;
  const end = endOf(broker);
  return leaderEnd === null || end === undefined ? null : Math.max(0, leaderEnd - end);
}
