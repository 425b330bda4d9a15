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
/** Every fetch brings up to a quarter of a megabyte. */
const FETCHES_AT_MOST = 256;
/** Places of one partition at which is read: spread over the window, so that what was hot at its beginning is seen as well. */
const PLACES = 4;

export interface KeySampleRequest {
  readonly accept: (topic: string, partition: number) => boolean;
  /** So many of the newest records are looked at, or all that were written since the first sample, where that is more. */
  readonly records: number;
}

/**
 * Reads some of the newest records of each partition and counts their keys; no values are kept. What was written since the
 * first of the samples is read at several places that are spread over it. All fetches are in flight together. Never
 * rejects for a broker's fault: each sample has its own problem.
 */
export async function readKeySamples(
  client: ClusterClient,
  samples: readonly Snapshot[],
  request: KeySampleRequest,
  problems: Problem[],
  after: number,
): Promise<KeySample[]> {
  const wanted = (samples.at(-1)?.topics ?? []).flatMap(({ topic, internal, partitions }) =>
    partitions
      .filter(({ partition }) => !internal && request.accept(topic, partition))
      .map((partition) => ({ topic, partition })),
  );
  const taken = wanted.slice(0, FETCHES_AT_MOST);
  if (wanted.length > taken.length) {
    const message = `keys were counted in ${taken.length} of ${wanted.length} partitions`;
    problems.push(problem('cluster', 'TOO_MANY', message, 'Name the topics: kmedic record --out FILE --keys -t TOPIC'));
  }
  const places = Math.min(PLACES, Math.max(1, Math.floor(FETCHES_AT_MOST / Math.max(1, taken.length))));
  const before = firstEnds(samples);
  return await Promise.all(
    taken.map(({ topic, partition }) => {
      const since = before.get(`${topic}-${partition.partition}`) ?? Number.POSITIVE_INFINITY;
      return sample(client, topic, partition, { since, atLeast: request.records, places }, after);
    }),
  );
}

/** High watermarks of the first sample, by partition; those of topics that were created again since are another log's. */
function firstEnds(samples: readonly Snapshot[]): ReadonlyMap<string, number> {
  const now = new Map((samples.at(-1)?.topics ?? []).map(({ topic, topicId }) => [topic, topicId]));
  return new Map(
    (samples[0]?.topics ?? [])
      .filter(({ topic, topicId }) => now.get(topic) === topicId)
      .flatMap(({ topic, partitions }) =>
        partitions.flatMap(({ partition, highWatermark }) =>
          highWatermark === null ? [] : [[`${topic}-${partition}`, highWatermark] as const],
        ),
      ),
  );
}

interface Reach {
  /** The end of the partition when it was first seen. */
  readonly since: number;
  readonly atLeast: number;
  readonly places: number;
}

async function sample(
  client: ClusterClient,
  topic: string,
  { partition, leader, start, highWatermark }: Partition,
  { since, atLeast, places }: Reach,
  after: number,
): Promise<KeySample> {
  const counter = new KeyCounter();
  const told = (trouble: Problem | null): KeySample => ({ topic, partition, ...counter.told(), problem: trouble });
  const scope = `${topic}-${partition}`;
  if (leader === null || start === null || highWatermark === null) {
    return told(problemOf(scope, ErrorCode.LEADER_NOT_AVAILABLE));
  }
  if (start >= highWatermark) return told(null);
  const from = Math.max(start, Math.min(highWatermark - atLeast, since));
  try {
    const parts = await Promise.all(
      partsOf(from, highWatermark, places).map(async ({ begin, end }) => {
        const partitions = [{ partition, fetchOffset: begin, partitionMaxBytes: BYTES_PER_PARTITION }];
        const body = { maxWaitMs: 0, minBytes: 0, maxBytes: BYTES_PER_PARTITION, topics: [{ topic, partitions }] };
        const answer = await client.call(leader, Fetch, body, { after, maxVersion: BY_NAME });
        return { begin, end, found: answer.body.responses[0]?.partitions[0], errorOfAll: answer.body.errorCode };
      }),
    );
    for (const { begin, end, found, errorOfAll } of parts) {
      if (found === undefined) return told(problemOf(scope, errorOfAll));
      if (found.errorCode !== ErrorCode.NONE) {
        return told(problemOf(scope, found.errorCode, 'reading keys needs READ on the topic'));
      }
      counter.take(found.records ?? Buffer.alloc(0), begin, end);
    }
    return told(null);
  } catch (error) {
    if (error instanceof RecordError) {
      return told(problem(scope, 'UNDECODABLE', `a batch cannot be read: ${error.message}`));
    }
    return told(problemFrom(scope, asClientError(error)));
  }
}

/** Equal parts of `[from, to)`, none of them empty; the last one has what is left over. */
function partsOf(from: number, to: number, parts: number): { begin: number; end: number }[] {
  const count = Math.max(1, Math.min(parts, to - from));
  const step = Math.floor((to - from) / count);
  return Array.from({ length: count }, (_, at) => ({
    begin: from + at * step,
    end: at + 1 === count ? Number.POSITIVE_INFINITY : from + (at + 1) * step,
  }));
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

  /** Takes the data records from `from` on and before `end`; what is taken later lies behind it. Throws RecordError. */
  take(bytes: Buffer, from: number, end = Number.POSITIVE_INFINITY): void {
    for (const { position } of batches(bytes)) {
      if (isControl(bytes, position)) continue;
      for (const record of records(bytes, position))
        if (record.offset >= from && record.offset < end) this.#record(record);
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
