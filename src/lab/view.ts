import type { Commit, Group, Member, Partition, Snapshot } from '../cluster/snapshot.ts';
import type { View } from './drill.ts';

/** Words for what the drills look at. All of them answer "no" where something is unknown. */

/** A group as it looks from outside; undefined where nobody knows it. */
export function groupOf(snapshot: Snapshot, name: string): Group | undefined {
  return snapshot.groups.find(({ group }) => group === name);
}

/** The partitions of a topic, none where there is no such topic. */
export function partitionsOf(snapshot: Snapshot, name: string): readonly Partition[] {
  return snapshot.topics.find(({ topic }) => topic === name)?.partitions ?? [];
}

/** Unread records of each partition that the group has committed. */
export function lagsOf(snapshot: Snapshot, name: string): readonly number[] {
  const group = groupOf(snapshot, name);
  return (group?.commits ?? []).flatMap((commit) => lagOf(snapshot, commit) ?? []);
}

/** Unread records of all partitions that the group has committed. */
export function totalLag(snapshot: Snapshot, name: string): number {
  return lagsOf(snapshot, name).reduce((sum, lag) => sum + lag, 0);
}

function lagOf(snapshot: Snapshot, { topic, partition, offset }: Commit): number | null {
  const at = partitionsOf(snapshot, topic).find((each) => each.partition === partition);
  return offset === null || at?.highWatermark == null ? null : at.highWatermark - offset;
}

/** Where a group stands in a partition; null where it has no commit. */
export function committed(snapshot: Snapshot, name: string, topic: string, partition: number): number | null {
  const commits = groupOf(snapshot, name)?.commits ?? [];
  return commits.find((each) => each.topic === topic && each.partition === partition)?.offset ?? null;
}

/** Which members there are, as one text that changes when they do. */
export function membership(snapshot: Snapshot, name: string): string {
  const group = groupOf(snapshot, name);
  const ids = (group?.members ?? []).map((member: Member) => member.memberId).sort();
  return `${group?.state ?? 'unknown'} ${ids.join(' ')}`;
}

/** How often the membership changed over the samples. */
export function changes({ samples }: View, name: string): number {
  const seen = samples.map((each) => membership(each, name));
  return seen.filter((each, at) => at > 0 && each !== seen[at - 1]).length;
}

/** Stable, with members, and with the same ones in the last `count` samples. */
export function isSteady({ samples }: View, name: string, count: number): boolean {
  const last = samples.slice(-count);
  const [first] = last;
  if (first === undefined || last.length < count) return false;
  const wanted = membership(first, name);
  return (
    wanted.startsWith('Stable ') && wanted !== 'Stable ' && last.every((each) => membership(each, name) === wanted)
  );
}

/** Every partition of every topic has a leader, and all its replicas are in sync. */
export function isReplicated({ topics }: Snapshot): boolean {
  return topics.every(({ partitions }) =>
    partitions.every(({ leader, replicas, isr }) => leader !== null && isr.length === replicas.length),
  );
}
