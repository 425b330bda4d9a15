import type { Commit, Group, Member, Partition, Problem, Snapshot, Topic } from '../cluster/snapshot.ts';

/** One partition as one group sees it: what is known of the log, of the commit, and of who owns it. Nothing is judged yet. */
export interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
  /** Null where nobody could describe the partition (deleted, or not read). */
  readonly log: Partition | null;
  /** Why the topic could not be described. */
  readonly topicProblem: Problem | null;
  readonly commit: Commit | null;
  /** Members that own it: none, one, or (share groups) several. */
  readonly owners: readonly Member[];
}

export interface TopicIndex {
  readonly topic: Topic;
  readonly partitions: ReadonlyMap<number, Partition>;
}

/** Topics of a snapshot by name, and their partitions by id. */
export function indexTopics(snapshot: Snapshot): ReadonlyMap<string, TopicIndex> {
  return new Map(
    snapshot.topics.map((topic) => [
      topic.topic,
      { topic, partitions: new Map(topic.partitions.map((partition) => [partition.partition, partition])) },
    ]),
  );
}

interface Slot {
  commit: Commit | null;
  owners: Member[];
}

/**
 * The union of what a group has committed and what its members own, sorted by topic (code units) and partition. A
 * partition with only one of the two is part of it: an owner without a commit, a commit that nobody owns.
 */
export function joinGroup(group: Group, topics: ReadonlyMap<string, TopicIndex>): GroupPartition[] {
  const slots = new Map<string, Map<number, Slot>>();
  const slot = (topic: string, partition: number): Slot => {
    const byPartition = slots.get(topic) ?? new Map<number, Slot>();
    slots.set(topic, byPartition);
    const found = byPartition.get(partition) ?? { commit: null, owners: [] };
    byPartition.set(partition, found);
    return found;
  };
  for (const commit of group.commits) slot(commit.topic, commit.partition).commit = commit;
  for (const member of group.members) {
    for (const { topic, partitions } of member.assignment) {
      for (const partition of partitions) slot(topic, partition).owners.push(member);
    }
  }
  const rows: GroupPartition[] = [];
  for (const topic of [...slots.keys()].sort(byCodeUnit)) {
    const index = topics.get(topic);
    const ordered = [...(slots.get(topic) ?? [])].sort(([a], [b]) => a - b);
    for (const [partition, { commit, owners }] of ordered) {
      const log = index?.partitions.get(partition) ?? null;
      rows.push({ topic, partition, log, topicProblem: index?.topic.problem ?? null, commit, owners });
    }
  }
  return rows;
}

/** Order by UTF-16 code unit: the same on every machine, whatever its locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
