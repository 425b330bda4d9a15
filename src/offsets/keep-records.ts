import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { ClusterClient } from '../client/cluster-client.ts';
import { Produce } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { encodeBatch, type KafkaRecord, type RecordInput } from '../records/index.ts';
import { OffsetsError } from './error.ts';
import { partitionOf, readTopics } from './gather.ts';

/** Where skipped records came from, and why they were skipped. */
export interface Origin {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly note: string;
}

/**
 * Writes records to a new file, one line of JSON each; keys, values and header values are base64, so that nothing is lost.
 * On the disk when it returns. Throws the file system's error, also where the file exists.
 */
export function keepInFile(path: string, records: readonly KafkaRecord[], origin: Origin): void {
  const lines = records.map((record) =>
    JSON.stringify({
      topic: origin.topic,
      partition: origin.partition,
      offset: record.offset,
      timestampMs: record.timestamp,
      group: origin.group,
      note: origin.note,
      key: record.key?.toString('base64') ?? null,
      value: record.value?.toString('base64') ?? null,
      headers: record.headers.map(({ key, value }) => ({ key, value: value?.toString('base64') ?? null })),
    }),
  );
  const file = openSync(path, 'wx', 0o600);
  try {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Headers that a record in a dead-letter topic gets, beside its own. */
export const DEAD_LETTER_HEADERS = {
  topic: 'kmedic.original.topic',
  partition: 'kmedic.original.partition',
  offset: 'kmedic.original.offset',
  timestamp: 'kmedic.original.timestamp',
  group: 'kmedic.group',
  note: 'kmedic.note',
} as const;

/** The last version that speaks of topics by name. */
const BY_NAME = 12;
const ACKS_ALL = -1;
const TIMEOUT_MS = 30_000;

/**
 * Produces records to a dead-letter topic with acks=all: key, value and headers as they were, and where they came from in
 * headers. The partition is the one of the same number, modulo. Returns the first offset; throws OffsetsError REFUSED.
 */
export async function keepInTopic(
  client: ClusterClient,
  topic: string,
  records: readonly KafkaRecord[],
  origin: Origin,
): Promise<{ readonly partition: number; readonly offset: number }> {
  const [found] = await readTopics(client, [topic], () => true);
  if (found === undefined || found.problem !== null || found.partitions.length === 0) {
    throw new OffsetsError(
      'REFUSED',
      `dead-letter topic ${topic}: ${found?.problem?.message ?? 'it has no partitions'}`,
    );
  }
  const partition = origin.partition % found.partitions.length;
  const leader = partitionOf(found, partition)?.leader ?? null;
  if (leader === null) throw new OffsetsError('REFUSED', `dead-letter partition ${topic}-${partition} has no leader`);
  const batch = encodeBatch({ records: records.map((record) => withOrigin(record, origin)) });
  const topicData = [{ name: topic, partitionData: [{ index: partition, records: batch }] }];
  const { body } = await client.call(
    leader,
    Produce,
    { acks: ACKS_ALL, timeoutMs: TIMEOUT_MS, topicData },
    { maxVersion: BY_NAME },
  );
  const told = body.responses[0]?.partitionResponses[0];
  if (told === undefined || told.errorCode !== ErrorCode.NONE) {
    const why = told === undefined ? 'no answer' : errorName(told.errorCode);
    throw new OffsetsError(
      'REFUSED',
      `${topic}-${partition} did not take the records: ${why}`,
      told?.errorMessage ?? null,
    );
  }
  return { partition, offset: told.baseOffset };
}

function withOrigin(record: KafkaRecord, { group, topic, partition, note }: Origin): RecordInput {
  const added = { topic, partition, offset: record.offset, timestamp: record.timestamp, group, note };
  const headers = Object.entries(DEAD_LETTER_HEADERS).map(([field, key]) => ({
    key,
    value: String(added[field as keyof typeof added]),
  }));
  return {
    key: record.key,
    value: record.value,
    headers: [...record.headers, ...headers],
    ...(record.timestamp < 0 ? {} : { timestamp: record.timestamp }),
  };
}
