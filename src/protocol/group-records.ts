import { decodeAssignment } from './consumer-protocol.ts';
import { decodeCoordinatorRecord, type KnownCoordinatorRecord } from './coordinator-record.ts';
import { ProtocolError } from './schema/index.ts';

/*
 * What everybody who reads `__consumer_offsets` needs, whether from a cluster or from files: whose a record is, and how many
 * partitions a member has.
 */

/** A record of `__consumer_offsets`, and the group that it is about. */
export interface GroupRecord {
  readonly group: string;
  readonly record: KnownCoordinatorRecord;
}

/** Null for what cannot be decoded: a record of a newer Kafka, or one that is damaged. */
export function readGroupRecord(key: Buffer | null, value: Buffer | null): GroupRecord | null {
  try {
    const record = decodeCoordinatorRecord(key, value);
    if (record.kind === 'unknown-type' || record.kind === 'unknown-version') return null;
    return { group: 'group' in record.key ? record.key.group : record.key.groupId, record };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Partitions in the assignment of a classic group's member; null where its protocol is not the consumers'. */
export function assignedPartitions(assignment: Buffer): number | null {
  try {
    return partitionCount(decodeAssignment(assignment)?.assignedPartitions ?? []);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

export function partitionCount(topics: readonly { readonly partitions: readonly number[] }[]): number {
  return topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
}
