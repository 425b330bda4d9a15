import { type Disk, DiskError, readFile, replaceFile } from './disk.ts';
import { PARTITION_METADATA } from './file-names.ts';

/** `partition.metadata`: which topic, by id, a directory belongs to. Names may be used again, ids are not. */
export function encodePartitionMetadata(topicId: string): Buffer {
  return Buffer.from(`version: 0\ntopic_id: ${topicId}`);
}

/** The topic id (22 characters) in the text of a `partition.metadata`; null when there is none. */
export function parsePartitionMetadata(text: string): string | null {
  const version = /^\s*version:\s*(\d+)\s*$/m.exec(text)?.[1];
  const topicId = /^\s*topic_id:\s*([A-Za-z0-9_-]{22})\s*$/m.exec(text)?.[1];
  return version === '0' && topicId !== undefined ? topicId : null;
}

/** The topic id of a partition's directory, or null where no readable file says it. */
export function readPartitionMetadata(disk: Disk, directory: string): string | null {
  const content = readFile(disk, `${directory}/${PARTITION_METADATA}`);
  return content === null ? null : parsePartitionMetadata(content.toString('utf8'));
}

/** Writes the file where it is missing; a directory of another topic is refused. */
export function ensurePartitionMetadata(disk: Disk, directory: string, topicId: string): void {
  const found = readPartitionMetadata(disk, directory);
  if (found === topicId) return;
  if (found !== null) {
    throw new DiskError('failed', `${directory} belongs to topic id ${found}, not to ${topicId}`);
  }
  replaceFile(disk, `${directory}/${PARTITION_METADATA}`, encodePartitionMetadata(topicId), { sync: false });
}
