import type { ClusterClient } from '../client/cluster-client.ts';
import { type Gathered, partitionOf } from './gather.ts';
import { logSizes } from './log-sizes.ts';
import { keyOf } from './partitions.ts';
import type { Change } from './plan.ts';
import { type Place, placeKey, type RecordAt, recordsAt } from './records-at.ts';

/**
 * Adds what a person wants to know of changes: the time of the records at the committed offset and at the target, whether
 * the target falls into a hole, and how many bytes will be read again. The result maps each change to the fuller one.
 */
export async function addTimesAndSizes(
  client: ClusterClient,
  gathered: Pick<Gathered, 'topics' | 'roundTrips'>,
  changes: readonly Change[],
  withTimes: boolean,
): Promise<Map<Change, Change>> {
  const leaderOf = ({ topic, partition }: Change): number | null => {
    const known = gathered.topics.get(topic);
    return known === undefined ? null : (partitionOf(known, partition)?.leader ?? null);
  };
  const after = gathered.roundTrips + 1;
  const replaying = changes.flatMap((change) => {
    const leader = leaderOf(change);
    return change.replayed === 0 || leader === null ? [] : [{ ...change, leader }];
  });
  const [records, sizes] = await Promise.all([
    recordsAt(client, withTimes ? changes.flatMap((change) => placesOf(change, leaderOf(change))) : [], after),
    logSizes(client, replaying, after),
  ]);
  return new Map(changes.map((change) => [change, enrich(change, records, sizes)]));
}

/** The committed offset and the target, where there is a record to read at or behind them. */
function placesOf(change: Change, leader: number | null): Place[] {
  const { topic, partition, committed, target, start, end } = change;
  if (leader === null || start === null || end === null) return [];
  return [committed, target].flatMap((offset) =>
    offset === null || offset < start || offset >= end ? [] : [{ topic, partition, leader, offset }],
  );
}

function enrich(change: Change, records: ReadonlyMap<string, RecordAt>, sizes: ReadonlyMap<string, number>): Change {
  const at = (offset: number | null): RecordAt | undefined =>
    offset === null ? undefined : records.get(placeKey({ ...change, offset }));
  const there = at(change.target);
  const hole =
    there !== undefined && there.offset !== change.target
      ? [
          `no record at ${change.target} any more (compacted, or a transaction's marker): reading goes on at ${there.offset}`,
        ]
      : [];
  const reason = [...(change.reason === null ? [] : [change.reason]), ...hole].join('; ');
  return {
    ...change,
    committedAt: isoOf(at(change.committed)),
    targetAt: isoOf(there),
    reason: reason === '' ? null : reason,
    bytes: bytesOf(change, sizes.get(keyOf(change.topic, change.partition))),
  };
}

function isoOf(record: RecordAt | undefined): string | null {
  if (record === undefined || record.timestampMs === null) return null;
  const date = new Date(record.timestampMs);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 ? null : date.toISOString();
}

/** The share of the log's bytes that is read again, taking all records for equally large. */
function bytesOf({ replayed, start, end }: Change, size: number | undefined): number | null {
  if (replayed === 0) return 0;
  if (size === undefined || start === null || end === null || end <= start) return null;
  return Math.round((size / (end - start)) * replayed);
}
