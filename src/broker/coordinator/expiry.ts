import type { Group } from './group.ts';
import { type CommittedOffset, offsetTombstone } from './offset-store.ts';
import type { GroupShard } from './shard.ts';
import type { Turn } from './turn.ts';

/**
 * Removes the offsets whose time is over, and groups of which nothing is left. How long an offset lives: its own expiry
 * where it has one; in an empty group, from when the group became empty; for a topic that a live group no longer
 * subscribes to, and in a group that only ever held commits, from its commit (KIP-211).
 */
export function expireOffsets(shard: GroupShard, turn: Turn): void {
  for (const group of shard.groups()) expireGroup(shard, group, turn);
}

function expireGroup(shard: GroupShard, group: Group, turn: Turn): void {
  // What is on its way to the log keeps the group until the next check.
  if (group.state === 'Dead' || shard.offsets.hasAnnounced(group.groupId)) return;
  const since = baseTime(group);
  let kept = 0;
  const expired: { topic: string; partition: number; committed: CommittedOffset }[] = [];
  for (const [topic, partitions] of shard.offsets.ofGroup(group.groupId)) {
    for (const [partition, committed] of partitions) {
      const over = since !== null && !group.isSubscribedTo(topic) && isOver(committed, since(committed), turn);
      if (over) expired.push({ topic, partition, committed });
      else kept++;
    }
  }
  if (kept === 0 && group.state === 'Empty' && group.pendingJoin.size === 0) {
    shard.deleteGroup(group, turn, () => {});
    return;
  }
  if (expired.length === 0) return;
  turn.append(
    expired.map(({ topic, partition }) => offsetTombstone(group.groupId, topic, partition)),
    { apply: () => shard.removeOffsets(group.groupId, expired) },
  );
}

/** From when on an offset of this group ages; null: none of them does now. */
function baseTime(group: Group): ((committed: CommittedOffset) => number) | null {
  const sinceCommit = (committed: CommittedOffset) => committed.commitTimestampMs;
  if (group.protocolType === null) return sinceCommit;
  if (group.state === 'Empty') return group.stateTimestampMs < 0 ? sinceCommit : () => group.stateTimestampMs;
  const live = group.usesConsumerProtocol && group.subscribedTopics !== null && group.state === 'Stable';
  return live ? sinceCommit : null;
}

function isOver(committed: CommittedOffset, since: number, turn: Turn): boolean {
  if (committed.expireTimestampMs >= 0) return turn.now >= committed.expireTimestampMs;
  return turn.now - since >= turn.settings.offsetsRetentionMs;
}
