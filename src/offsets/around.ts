import type { ClusterClient } from '../client/cluster-client.ts';
import type { Problem } from '../cluster/snapshot.ts';
import type { KafkaRecord } from '../records/index.ts';
import { OffsetsError } from './error.ts';
import { commitsOf, type Gathered, gather, groupFacts, partitionOf } from './gather.ts';
import { keyOf } from './partitions.ts';
import { readRecords } from './read-records.ts';

/** One partition of one group, and the records around where the group stands. */
export interface Around {
  readonly gathered: Gathered;
  /** A stored negative counts as none. */
  readonly committed: number | null;
  readonly start: number;
  readonly end: number;
  readonly before: readonly KafkaRecord[];
  /** The record at the committed offset is the first of these. */
  readonly after: readonly KafkaRecord[];
}

/** How far back records are looked for where compaction has made holes. */
const REACH_PER_RECORD = 50;

/**
 * Reads up to `before` records before the committed offset and `after` from it on. A group without a commit is looked at
 * from the log start, one whose commit lies outside the log from the nearer end. Throws OffsetsError NOT_FOUND
 * or NOT_AUTHORISED.
 */
export async function readAround(
  client: ClusterClient,
  group: string,
  at: { readonly topic: string; readonly partition: number },
  counts: { readonly before: number; readonly after: number },
): Promise<Around> {
  const { topic, partition } = at;
  const scope = [{ topic, partitions: [partition] }];
  const gathered = await gather(client, { groups: { names: [group] }, topics: [topic], scope });
  const [found] = gathered.groups;
  const trouble = found === undefined ? null : groupFacts(found).problem;
  if (trouble !== null) throw unreadable(`group ${group}`, trouble);
  const known = gathered.topics.get(topic);
  const facts = known === undefined ? undefined : partitionOf(known, partition);
  const problem = known?.problem ?? facts?.problem ?? null;
  if (problem !== null) throw unreadable(`${topic}-${partition}`, problem);
  if (facts === undefined) throw new OffsetsError('NOT_FOUND', `${topic}-${partition}: there is no such partition`);
  const { leader, start, highWatermark: end } = facts;
  if (leader === null || start === null || end === null) {
    throw new OffsetsError('NOT_FOUND', `${topic}-${partition}: the range of its log could not be read`);
  }
  const stored = found === undefined ? undefined : commitsOf(found).get(keyOf(topic, partition))?.offset;
  const committed = stored === undefined || stored < 0 ? null : stored;
  const position = Math.min(Math.max(committed ?? start, start), end);
  const range = { topic, partition, leader };
  const earliest = Math.max(start, position - counts.before * REACH_PER_RECORD);
  const [before, after] = await Promise.all([
    counts.before === 0
      ? []
      : lastOf(
          client,
          { ...range, from: Math.max(start, position - counts.before), to: position },
          earliest,
          counts.before,
        ),
    readRecords(client, { ...range, from: position, to: end, atMost: counts.after }),
  ]);
  return { gathered, committed, start, end, before, after };
}

function unreadable(what: string, { name, message, advice }: Problem): OffsetsError {
  const kind = name.endsWith('AUTHORIZATION_FAILED') ? 'NOT_AUTHORISED' : 'NOT_FOUND';
  return new OffsetsError(kind, `${what}: ${message}`, advice);
}

/** The last `count` records before an offset: those just before it, or, where there are holes, from further back. */
async function lastOf(
  client: ClusterClient,
  near: { topic: string; partition: number; leader: number; from: number; to: number },
  earliest: number,
  count: number,
): Promise<KafkaRecord[]> {
  const found = await readRecords(client, { ...near, atMost: count });
  if (found.length >= count || near.from <= earliest) return found;
  const all = await readRecords(client, { ...near, from: earliest, atMost: Number.POSITIVE_INFINITY });
  return all.slice(-count);
}
