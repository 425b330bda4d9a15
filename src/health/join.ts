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

const NOBODY: readonly Member[] = [];

/**
 * The union of what a group has committed and what its members own, sorted by topic (code units) and partition. A
 * partition with only one of the two is part of it: an owner without a commit, a commit that nobody owns.
 */
export function joinGroup(group: Group, topics: ReadonlyMap<string, TopicIndex>): GroupPartition[] {
  const owners = ownersOf(group.members);
  const rows: GroupPartition[] = [];
  // Commits come sorted: their topic changes seldom, and mostly nothing is left to sort.
  let topic: string | null = null;
  let index: TopicIndex | undefined;
  let owned: Map<number, Member[]> | undefined;
  for (const commit of group.commits) {
    if (commit.topic !== topic) {
      topic = commit.topic;
      index = topics.get(topic);
      owned = owners.get(topic);
    }
    const { partition } = commit;
    rows.push(rowOf(topic, partition, index, commit, owned?.get(partition) ?? NOBODY));
    owned?.delete(partition);
  }
  for (const [name, partitions] of owners) {
    const found = topics.get(name);
    for (const [partition, members] of partitions) rows.push(rowOf(name, partition, found, null, members));
  }
  if (!isSorted(rows)) rows.sort(byPartition);
  return rows;
}

function rowOf(
  topic: string,
  partition: number,
  index: TopicIndex | undefined,
  commit: Commit | null,
  owners: readonly Member[],
): GroupPartition {
  const log = index?.partitions.get(partition) ?? null;
  return { topic, partition, log, topicProblem: index?.topic.problem ?? null, commit, owners };
}

/** Who owns which partition, by topic. */
function ownersOf(members: readonly Member[]): Map<string, Map<number, Member[]>> {
  const owners = new Map<string, Map<number, Member[]>>();
  for (const member of members) {
    for (const { topic, partitions } of member.assignment) {
      let byNumber = owners.get(topic);
      if (byNumber === undefined) {
        byNumber = new Map();
        owners.set(topic, byNumber);
      }
      for (const partition of partitions) {
        const known = byNumber.get(partition);
        if (known === undefined) byNumber.set(partition, [member]);
        else known.push(member);
      }
    }
  }
  return owners;
}

function isSorted(rows: readonly GroupPartition[]): boolean {
  let previous: GroupPartition | undefined;
  for (const row of rows) {
    if (previous !== undefined && byPartition(previous, row) > 0) return false;
    previous = row;
  }
  return true;
}

function byPartition(a: GroupPartition, b: GroupPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : byCodeUnit(a.topic, b.topic);
}

/** Order by UTF-16 code unit: the same on every machine, whatever its locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
