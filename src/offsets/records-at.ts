import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { groupBy } from '../cluster/group-by.ts';
import { Fetch } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { batches, isControl, lastOffset, RecordError, records } from '../records/index.ts';
import { byTopic, chunks, rounds } from './partitions.ts';

/** A place in a log, of which the record there is wanted. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly offset: number;
}

/** The first data record at or behind a place. */
export interface RecordAt {
  readonly offset: number;
  readonly timestampMs: number | null;
}

/** The last version that speaks of topics by name. */
const BY_NAME = 12;
/** A little more than a batch of the producers' default batch.size. */
const BYTES_PER_PARTITION = 20_000;
const PARTITIONS_PER_REQUEST = 100;
/** A batch that is larger is sent whole, but only for the first partition of a request: so many are asked for alone. */
const ALONE_AT_MOST = 32;

/**
 * Reads the record at each place, in few small fetches that are all in flight together. A place with no record behind it,
 * or one that could not be read, is missing in the result; keys are those of `placeKey`. Never rejects for a broker's fault.
 */
export async function recordsAt(
  client: ClusterClient,
  places: readonly Place[],
  after: number,
): Promise<Map<string, RecordAt>> {
  const found = new Map<string, RecordAt>();
  const unique = [...new Map(places.map((place) => [placeKey(place), place])).values()];
  const parts = rounds(unique).flatMap((round) =>
    [...groupBy(round, ({ leader }) => leader).values()].flatMap((own) => chunks(own, PARTITIONS_PER_REQUEST)),
  );
  await Promise.all(parts.map((part) => fetchPart(client, part, found, after)));
  const alone = unique.filter((place) => !found.has(placeKey(place))).slice(0, ALONE_AT_MOST);
  if (parts.some((part) => part.length > 1)) {
    await Promise.all(alone.map((place) => fetchPart(client, [place], found, after + 1)));
  }
  return found;
}

/** A place as the key of the record that is there. */
export function placeKey({ topic, partition, offset }: Omit<Place, 'leader'>): string {
  return `${topic}-${partition}@${offset}`;
}

async function fetchPart(
  client: ClusterClient,
  part: readonly Place[],
  found: Map<string, RecordAt>,
  after: number,
): Promise<void> {
  const [first] = part;
  if (first === undefined) return;
  const wanted = new Map(part.map((place) => [`${place.topic}-${place.partition}`, place]));
  const topics = byTopic(part).map(({ topic, items }) => ({
    topic,
    partitions: items.map(({ partition, offset }) => ({
      partition,
      fetchOffset: offset,
      partitionMaxBytes: BYTES_PER_PARTITION,
    })),
  }));
  try {
    const body = { maxWaitMs: 0, minBytes: 0, maxBytes: BYTES_PER_PARTITION * part.length, topics };
    const answer = await client.call(first.leader, Fetch, body, { after, maxVersion: BY_NAME });
    for (const { topic, partitions } of answer.body.responses) {
      for (const { partitionIndex, errorCode, records: bytes } of partitions) {
        const place = wanted.get(`${topic}-${partitionIndex}`);
        if (place === undefined || errorCode !== ErrorCode.NONE || bytes === null) continue;
        const record = firstAt(bytes, place.offset);
        if (record !== null) found.set(placeKey(place), record);
      }
    }
  } catch (error) {
    // The position stays without a time: nothing but the preview depends on it.
    asClientError(error);
  }
}

/** The first data record at or behind `offset`; null where the bytes hold none, or none that can be read. */
function firstAt(bytes: Buffer, offset: number): RecordAt | null {
  try {
    for (const { position } of batches(bytes)) {
      if (lastOffset(bytes, position) < offset || isControl(bytes, position)) continue;
      for (const record of records(bytes, position)) {
        if (record.offset < offset) continue;
        return { offset: record.offset, timestampMs: record.timestamp < 0 ? null : record.timestamp };
      }
    }
    return null;
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}
