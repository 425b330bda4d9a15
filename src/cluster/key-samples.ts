import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { Fetch } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { batches, isControl, type KafkaRecord, RecordError, records } from '../records/index.ts';
import { problem, problemFrom, problemOf } from './problem.ts';
import type { KeySample } from './recording.ts';
import type { Partition, Problem, Snapshot } from './snapshot.ts';

/** The last version of Fetch that speaks of topics by name. */
const BY_NAME = 12;
const BYTES_PER_PARTITION = 262_144;
const KEYS_LISTED = 20;
const KEY_LENGTH = 64;
/** Every sample is a fetch of up to a quarter of a megabyte. */
const SAMPLES_AT_MOST = 256;

export interface KeySampleRequest {
  readonly accept: (topic: string, partition: number) => boolean;
  /** Records behind the high watermark from which on keys are counted. */
  readonly records: number;
}

/**
 * Reads some of the newest records of each partition and counts their keys; no values are kept. One fetch each, all in
 * flight together. Never rejects for a broker's fault: each sample has its own problem.
 */
export async function readKeySamples(
  client: ClusterClient,
  snapshot: Snapshot,
  request: KeySampleRequest,
  problems: Problem[],
  after: number,
): Promise<KeySample[]> {
  const wanted = snapshot.topics.flatMap(({ topic, internal, partitions }) =>
    partitions
      .filter(({ partition }) => !internal && request.accept(topic, partition))
      .map((partition) => ({ topic, partition })),
  );
  const taken = wanted.slice(0, SAMPLES_AT_MOST);
  if (wanted.length > taken.length) {
    const message = `keys were counted in ${taken.length} of ${wanted.length} partitions`;
    problems.push(problem('cluster', 'TOO_MANY', message, 'Name the topics: kmedic record --out FILE --keys -t TOPIC'));
  }
  return await Promise.all(
    taken.map(({ topic, partition }) => sample(client, topic, partition, request.records, after)),
  );
}

async function sample(
  client: ClusterClient,
  topic: string,
  { partition, leader, start, highWatermark }: Partition,
  count: number,
  after: number,
): Promise<KeySample> {
  const counter = new KeyCounter();
  const told = (trouble: Problem | null): KeySample => ({ topic, partition, ...counter.told(), problem: trouble });
  const scope = `${topic}-${partition}`;
  if (leader === null || start === null || highWatermark === null) {
    return told(problemOf(scope, ErrorCode.LEADER_NOT_AVAILABLE));
  }
  if (start >= highWatermark) return told(null);
  const fetchOffset = Math.max(start, highWatermark - count);
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: BYTES_PER_PARTITION }];
  const body = { maxWaitMs: 0, minBytes: 0, maxBytes: BYTES_PER_PARTITION, topics: [{ topic, partitions }] };
  try {
    const answer = await client.call(leader, Fetch, body, { after, maxVersion: BY_NAME });
    const found = answer.body.responses[0]?.partitions[0];
    if (found === undefined) return told(problemOf(scope, answer.body.errorCode));
    if (found.errorCode !== ErrorCode.NONE) {
      return told(problemOf(scope, found.errorCode, 'reading keys needs READ on the topic'));
    }
    counter.take(found.records ?? Buffer.alloc(0), fetchOffset);
    return told(null);
  } catch (error) {
    if (error instanceof RecordError) {
      return told(problem(scope, 'UNDECODABLE', `a batch cannot be read: ${error.message}`));
    }
    return told(problemFrom(scope, asClientError(error)));
  }
}

type Counts = Omit<KeySample, 'topic' | 'partition' | 'problem'>;

/** Counts keys. Two different keys never fall together: they are told apart by their bytes. */
export class KeyCounter {
  readonly #keys = new Map<string, { key: string; records: number; bytes: number }>();
  #from: number | null = null;
  #to: number | null = null;
  #records = 0;
  #bytes = 0;
  #withoutKey = 0;

  /** Takes the data records at or behind `from`. Throws RecordError. */
  take(bytes: Buffer, from: number): void {
    for (const { position } of batches(bytes)) {
      if (isControl(bytes, position)) continue;
      for (const record of records(bytes, position)) if (record.offset >= from) this.#record(record);
    }
  }

  told(): Counts {
    const keys = [...this.#keys.values()].sort((a, b) => b.records - a.records || (a.key < b.key ? -1 : 1));
    return {
      from: this.#from,
      to: this.#to,
      records: this.#records,
      bytes: this.#bytes,
      withoutKey: this.#withoutKey,
      distinct: this.#keys.size,
      keys: keys.slice(0, KEYS_LISTED),
    };
  }

  #record({ offset, key, sizeInBytes }: KafkaRecord): void {
    this.#from ??= offset;
    this.#to = offset;
    this.#records += 1;
    this.#bytes += sizeInBytes;
    if (key === null) {
      this.#withoutKey += 1;
      return;
    }
    const bytes = key.toString('latin1');
    let known = this.#keys.get(bytes);
    if (known === undefined) {
      known = { key: keyText(key), records: 0, bytes: 0 };
      this.#keys.set(bytes, known);
    }
    known.records += 1;
    known.bytes += sizeInBytes;
  }
}

/** A key as text: as it is where it is UTF-8 without control characters, else in hex. */
export function keyText(key: Buffer): string {
  const text = key.toString('utf8');
  const readable = Buffer.from(text, 'utf8').equals(key) && !/\p{Cc}/u.test(text);
  const shown = readable ? [...text] : [...`hex:${key.toString('hex')}`];
  return shown.length > KEY_LENGTH ? `${shown.slice(0, KEY_LENGTH).join('')}…` : shown.join('');
}
