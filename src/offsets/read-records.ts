import type { ClusterClient } from '../client/cluster-client.ts';
import { problemOf } from '../cluster/problem.ts';
import { Fetch } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { batches, isControl, type KafkaRecord, lastOffset, RecordError, records } from '../records/index.ts';
import { OffsetsError } from './error.ts';

/** The last version that speaks of topics by name. */
const BY_NAME = 12;
const BYTES_PER_FETCH = 1_048_576;
const MAX_WAIT_MS = 500;

export interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  /** First offset that is wanted, and the first that is not. */
  readonly from: number;
  readonly to: number;
  /** Stop after so many data records. */
  readonly atMost: number;
}

/**
 * Reads the data records of a range in order, as any consumer would (read_uncommitted). Markers of transactions are
 * stepped over. Throws OffsetsError where the broker refuses, or a batch is damaged; rejects with a ClientError.
 */
export async function readRecords(client: ClusterClient, range: Range): Promise<KafkaRecord[]> {
  const found: KafkaRecord[] = [];
  let next = range.from;
  while (next < range.to && found.length < range.atMost) {
    const bytes = await fetchFrom(client, range, next);
    const end = collect(bytes, { ...range, from: next }, found);
    // Nothing that can be read lies between here and the end.
    if (end <= next) break;
    next = end;
  }
  return found.slice(0, range.atMost);
}

/** Takes the records of one answer; returns the offset behind its last batch. */
function collect(bytes: Buffer, { topic, partition, from, to, atMost }: Range, found: KafkaRecord[]): number {
  let end = from;
  try {
    for (const { position } of batches(bytes)) {
      if (found.length >= atMost) break;
      const last = lastOffset(bytes, position);
      if (last >= from && !isControl(bytes, position)) {
        for (const record of records(bytes, position)) {
          if (record.offset >= from && record.offset < to) found.push(record);
        }
      }
      end = Math.max(end, last + 1);
    }
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    const message = `${topic}-${partition}: a batch at or behind offset ${end} is damaged: ${cause.message}`;
    throw new OffsetsError('NOT_FOUND', message, 'kmedic segments verify tells more, on the broker', { cause });
  }
  return end;
}

async function fetchFrom(client: ClusterClient, range: Range, fetchOffset: number): Promise<Buffer> {
  const { topic, partition, leader } = range;
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: BYTES_PER_FETCH }];
  const body = { maxWaitMs: MAX_WAIT_MS, minBytes: 1, maxBytes: BYTES_PER_FETCH, topics: [{ topic, partitions }] };
  const answer = await client.call(leader, Fetch, body, { maxVersion: BY_NAME });
  const told = answer.body.responses[0]?.partitions[0];
  if (told === undefined) return Buffer.alloc(0);
  if (told.errorCode !== ErrorCode.NONE) {
    const { name, message, advice } = problemOf(`${topic}-${partition}`, told.errorCode);
    throw new OffsetsError('NOT_FOUND', `${topic}-${partition}: ${name}: ${message}`, advice);
  }
  return told.records ?? Buffer.alloc(0);
}
