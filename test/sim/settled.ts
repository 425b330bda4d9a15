import type { PartitionReplica } from '../../src/broker/replica/replica.ts';
import { batches, isControl, nextOffset, records } from '../../src/records/index.ts';
import type { Watch } from './invariants/watch.ts';
import type { SimWorld } from './world.ts';

/** What a cluster lacks to be whole, as some node knows it: all nodes up, all partitions led, all replicas in sync. */
export function lacking(world: SimWorld): string | null {
  for (const { id, runtime } of world.hosts) {
    if (runtime === null) return `node ${id} is down`;
    // Until it is registered, what it knows is of its last life.
    if (!runtime.isFollowing) return `node ${id} is not registered`;
    const { topics, brokers } = runtime.node.image();
    for (const host of world.hosts) {
      if (brokers.get(host.id)?.fenced !== false) return `node ${id} takes ${host.id} for fenced`;
    }
    for (const { name, partitions } of topics.values()) {
      for (const partition of partitions) {
        if (partition.leader < 0 || partition.isr.length < partition.replicas.length) {
          return `node ${id} knows ${name} ${JSON.stringify(partition)}`;
        }
      }
    }
  }
  return null;
}

/** The first replica that is not the same as its leader, byte for byte and to the end; null where all are. */
export function unequalReplicas(world: SimWorld, watch: Watch): string | null {
  const all = world.running.flatMap(({ id, runtime }) =>
    [...(runtime?.replicas.all() ?? [])].map((replica) => ({ id, replica })),
  );
  for (const { replica: leader } of all) {
    if (!leader.isLeader) continue;
    const isCompacted = leader.log.config.cleanupPolicy.compact;
    for (const { id, replica } of all) {
      if (replica.topicId !== leader.topicId || replica.partition !== leader.partition) continue;
      const { log, highWatermark } = replica;
      if (log.logEndOffset !== leader.log.logEndOffset || highWatermark !== log.logEndOffset) {
        return `${leader.topic}-${leader.partition} on node ${id} ends at ${highWatermark} of ${log.logEndOffset}, its leader at ${leader.log.logEndOffset}`;
      }
      // Each replica is compacted and trimmed for itself.
      const { deletedBefore } = watch.committed(`${leader.topic}-${leader.partition}`);
      const from = Math.max(log.logStartOffset, leader.log.logStartOffset, deletedBefore);
      if (!isCompacted && !contents(replica, from).equals(contents(leader, from))) {
        return `${leader.topic}-${leader.partition} on node ${id} differs from its leader`;
      }
    }
  }
  return null;
}

/** Offset and value of every record that can be read. */
export function finalRecords(replica: PartitionReplica): (readonly [number, string])[] {
  const { log } = replica;
  const found: (readonly [number, string])[] = [];
  const bytes = contents(replica, log.logStartOffset);
  for (const { position } of batches(bytes)) {
    if (isControl(bytes, position)) continue;
    for (const { offset, value } of records(bytes, position)) {
      if (offset >= log.logStartOffset) found.push([offset, value?.toString() ?? '']);
    }
  }
  return found;
}

/** The newest record of a key must survive compaction: the first that did not, in words, or null. */
export function missingCompacted(watch: Watch, key: string): string | null {
  const committed = watch.committed(key);
  const leader = watch.leader(key);
  if (leader === undefined || committed.isTainted) return null;
  const newest = new Map<string | null, number>();
  for (const [offset, record] of committed.all()) newest.set(record.key, offset);
  const there = new Set(finalRecords(leader).map(([offset]) => offset));
  for (const [recordKey, offset] of newest) {
    if (offset >= leader.log.logStartOffset && !there.has(offset)) {
      return `compaction took the newest record of key ${recordKey}, at ${offset}`;
    }
  }
  return null;
}

function contents({ log }: PartitionReplica, from: number): Buffer {
  const parts: Buffer[] = [];
  let next = from;
  while (next < log.logEndOffset) {
    const { records: bytes } = log.read(next, 1 << 20);
    if (bytes.length === 0) break;
    parts.push(bytes);
    next = endOf(bytes);
  }
  return Buffer.concat(parts);
}

function endOf(bytes: Buffer): number {
  let end = 0;
  for (const { position } of batches(bytes)) end = nextOffset(bytes, position);
  return end;
}
