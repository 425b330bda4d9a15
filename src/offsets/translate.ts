import type { ClusterClient } from '../client/cluster-client.ts';
import { problem } from '../cluster/problem.ts';
import type { Topic } from '../cluster/snapshot.ts';
import { crc32c, type KafkaRecord } from '../records/index.ts';
import { findByTime, questionKey, type TimeAnswer } from './find-by-time.ts';
import { commitsOf, type Gathered, gather, groupFacts, partitionOf, readTopics } from './gather.ts';
import { makePlan, type Wish } from './make-plan.ts';
import { keyOf } from './partitions.ts';
import type { Plan } from './plan.ts';
import { readRecords } from './read-records.ts';
import type { Scope } from './scope.ts';
import { utcText } from './target.ts';

export interface TranslateRequest {
  readonly group: string;
  /** Name of the group on the other cluster. */
  readonly as: string;
  readonly scope: Scope;
  readonly by: Plan['by'];
}

/** So many records on the other cluster are compared with the one that is looked for. */
const COMPARE_AT_MOST = 500;
/** How far before a caught-up commit the last record is looked for: transaction markers and holes lie between. */
const LOOK_BACK = 200;
const AT_ONCE = 8;

/**
 * Where a group would stand on another cluster that has copies of its topics, as a plan for that cluster. The record at the
 * committed offset is looked for there by its timestamp, and recognised by timestamp, key and CRC of everything in it; what
 * is not recognised is a gap, and says where it would go on. Reads both clusters and changes neither.
 */
export async function translate(
  from: ClusterClient,
  to: ClusterClient,
  request: TranslateRequest,
): Promise<{ readonly plan: Plan; readonly verified: number; readonly gaps: number }> {
  const here = await gather(from, { groups: { names: [request.group] }, topics: [], scope: request.scope });
  const [group] = here.groups;
  const commits = group === undefined || groupFacts(group).problem !== null ? [] : [...commitsOf(group)];
  const named = (group?.commits ?? []).map(({ topic }) => topic);
  const there = new Map((await readTopics(to, [...new Set(named)], () => true)).map((topic) => [topic.topic, topic]));
  const wishes: Wish[] = [];
  let verified = 0;
  const places = (group?.commits ?? []).flatMap(({ topic, partition }) => {
    const commit = commits.find(([key]) => key === keyOf(topic, partition))?.[1];
    return commit === undefined ? [] : [{ topic, partition, offset: commit.offset }];
  });
  for (let at = 0; at < places.length; at += AT_ONCE) {
    const part = places.slice(at, at + AT_ONCE);
    const found = await Promise.all(part.map((place) => translateOne(from, to, here, there, place)));
    for (const { wish, sure } of found) {
      wishes.push(wish);
      if (sure) verified += 1;
    }
  }
  const gaps = wishes.length - verified;
  const plan = await makePlan(to, {
    action: 'translate',
    groups: { names: [request.as] },
    scope: request.scope,
    aim: {
      kind: 'each',
      text: `translate ${request.group}`,
      meaning: `where ${request.group} stands on cluster ${here.clusterId ?? '(unknown)'}: ${verified} recognised, ${gaps} with a gap`,
      wishes,
    },
    measureMs: 0,
    by: request.by,
  });
  return { plan, verified, gaps };
}

interface PlaceOf {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

interface Translated {
  readonly wish: Wish;
  readonly sure: boolean;
}

async function translateOne(
  from: ClusterClient,
  to: ClusterClient,
  here: Gathered,
  there: ReadonlyMap<string, Topic>,
  place: PlaceOf,
): Promise<Translated> {
  const { topic, partition } = place;
  const base = { group: null, topic, partition };
  const fail = (name: string, message: string): Translated => ({
    wish: {
      ...base,
      target: { kind: 'committed' },
      problem: problem(keyOf(topic, partition), name, message, 'Choose the position yourself: kmedic offsets seek'),
    },
    sure: false,
  });
  const source = leaderOf(here.topics.get(topic), partition);
  const target = leaderOf(there.get(topic), partition);
  if (source === null)
    return fail('UNREADABLE', 'the partition cannot be read on the cluster that the group comes from');
  if (target === null) return fail('NOT_COPIED', 'the other cluster has no such partition, or no leader for it');
  if (place.offset < 0) return fail('NO_COMMITTED_OFFSET', `the stored commit is negative (${place.offset})`);
  const { record, behind } = await anchor(from, { topic, partition, ...source }, place.offset);
  if (record === null) {
    const reason = 'GAP: nothing is left to recognise the position by; the start';
    return { wish: { ...base, target: { kind: 'start', plus: 0 }, reason }, sure: false };
  }
  const question = { topic, partition, leader: target.leader, timestampMs: record.timestamp };
  const answer = (await findByTime(to, [question], 0)).get(questionKey(question));
  if (answer === undefined) return fail('OFFSET_NOT_AVAILABLE', 'the other cluster did not answer for this time');
  const twin = answer === null ? null : await findTwin(to, { topic, partition, ...target }, answer, record);
  const when = utcText(record.timestamp);
  if (twin !== null) {
    const reason = `the same record as ${record.offset} (${when}, key and CRC)${behind ? ', and one on' : ''}`;
    return { wish: { ...base, target: { kind: 'offset', offset: twin + (behind ? 1 : 0) }, reason }, sure: true };
  }
  const reason = `GAP: record ${record.offset} (${when}) is not there; ${answer === null ? 'nothing so late: the end' : 'the first record of that time or later'}`;
  const position = answer === null ? target.end : answer.offset;
  return { wish: { ...base, target: { kind: 'offset', offset: position }, reason }, sure: false };
}

interface Log {
  readonly leader: number;
  readonly start: number;
  readonly end: number;
}

function leaderOf(topic: Topic | undefined, partition: number): Log | null {
  const facts = topic === undefined ? undefined : partitionOf(topic, partition);
  if (facts === undefined || facts.problem !== null) return null;
  const { leader, start, highWatermark: end } = facts;
  return leader === null || start === null || end === null ? null : { leader, start, end };
}

type PartitionLog = Log & { readonly topic: string; readonly partition: number };

/** The record that stands for a position: the one that would be read next, or (`behind`) the last one that was. */
async function anchor(
  client: ClusterClient,
  log: PartitionLog,
  offset: number,
): Promise<{ record: KafkaRecord | null; behind: boolean }> {
  const from = Math.max(offset, log.start);
  const [next] = await readRecords(client, { ...log, from, to: log.end, atMost: 1 });
  if (next !== undefined) return { record: next, behind: false };
  const end = Math.min(from, log.end);
  const earlier = await readRecords(client, {
    ...log,
    from: Math.max(log.start, end - LOOK_BACK),
    to: end,
    atMost: Number.POSITIVE_INFINITY,
  });
  return { record: earlier.at(-1) ?? null, behind: true };
}

/** The offset of the same record on the other cluster, at or behind where its time begins. */
async function findTwin(
  client: ClusterClient,
  log: PartitionLog,
  answer: NonNullable<TimeAnswer>,
  record: KafkaRecord,
): Promise<number | null> {
  const candidates = await readRecords(client, { ...log, from: answer.offset, to: log.end, atMost: COMPARE_AT_MOST });
  const wanted = fingerprint(record);
  return candidates.find((each) => each.timestamp === record.timestamp && fingerprint(each) === wanted)?.offset ?? null;
}

/** CRC-32C over lengths and bytes of key, value and headers. */
function fingerprint({ key, value, headers }: KafkaRecord): number {
  const parts = [key, value, ...headers.flatMap((header) => [Buffer.from(header.key), header.value])];
  return crc32c(
    Buffer.concat(
      parts.flatMap((part) => {
        const length = Buffer.alloc(4);
        length.writeInt32BE(part === null ? -1 : part.length);
        return part === null ? [length] : [length, part];
      }),
    ),
  );
}
