import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { commitReader } from '../cluster/commits.ts';
import { locate, NOWHERE } from '../cluster/groups.ts';
import { problem, problemFrom, problemOf } from '../cluster/problem.ts';
import type { Problem } from '../cluster/snapshot.ts';
import { OffsetCommit, OffsetDelete } from '../protocol/api/index.ts';
import { ErrorCode, isStaleMetadata } from '../protocol/errors.ts';
import { byTopic, keyOf } from './partitions.ts';
import type { Change, Committed } from './plan.ts';

/** What the coordinator said about one change; `answered` false: nobody can tell whether it was carried out. */
export interface Written {
  readonly answered: boolean;
  readonly error: Problem | null;
}

/** The last version that speaks of topics by name. */
const BY_NAME = 9;
/**
 * One request becomes one batch in __consumer_offsets, which takes a million bytes by default. All parts are in flight
 * together.
 */
const BYTES_PER_REQUEST = 400_000;
/** How long a coordinator that moves, loads or died is waited for: a controller notices a dead broker after 9 s. */
export const PATIENCE_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Errors that say: find the coordinator, and send the same again. It stays safe: a group with members refuses it. */
const AGAIN: ReadonlySet<number> = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
]);

/**
 * Commits from outside the group (generation -1, no member), which a coordinator takes only while nobody is in it, and
 * removes commits. One answer per change, by partition. Resends what a moving coordinator did not take. Never rejects for a
 * broker's fault. `after`: the depth of what had to be known before.
 */
export async function write(
  client: ClusterClient,
  group: string,
  coordinator: number | null,
  changes: readonly Change[],
  after: number,
  patienceMs: number = PATIENCE_MS,
): Promise<{ readonly written: Map<string, Written>; readonly coordinator: number | null; readonly depth: number }> {
  const written = new Map<string, Written>();
  let node = coordinator;
  let depth = after;
  let left = [...changes];
  const deadline = Date.now() + patienceMs;
  for (let attempt = 0; left.length > 0 && (attempt === 0 || Date.now() < deadline); attempt++) {
    await pause(attempt);
    if (node === null) {
      const found = await findCoordinator(client, group, depth);
      depth += 1;
      if (typeof found !== 'number') {
        settle(written, left, { answered: false, error: found });
        continue;
      }
      node = found;
    }
    const at = node;
    const again: Change[] = [];
    const retry = (change: Change, answer: Written): void => {
      written.set(keyOf(change.topic, change.partition), answer);
      again.push(change);
    };
    const commits = left.filter(({ next }) => next !== null);
    const removals = left.filter(({ next }) => next === null);
    await Promise.all([
      ...parts(group, commits).map((part) => sendCommit(client, at, group, part, depth, written, retry)),
      ...parts(group, removals).map((part) => sendDelete(client, at, group, part, depth, written, retry)),
    ]);
    depth += 1;
    left = again;
    node = left.length > 0 ? null : at;
  }
  return { written, coordinator: node, depth };
}

/** Waits longer before each further attempt. */
async function pause(attempt: number): Promise<void> {
  if (attempt > 0) await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
}

/** The broker that coordinates a group, or why there is none. */
export async function findCoordinator(client: ClusterClient, group: string, after: number): Promise<number | Problem> {
  try {
    const located = await locate(client, [group], after);
    const [node] = [...located.keys()].filter((each) => each !== NOWHERE);
    if (node !== undefined) return node;
    return located.get(NOWHERE)?.[0]?.problem ?? problemOf(`group ${group}`, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  } catch (error) {
    return problemFrom(`group ${group}`, asClientError(error));
  }
}

/** Every commit of a group as its coordinator has it; a problem where that could not be read. */
export async function readBack(
  client: ClusterClient,
  group: string,
  coordinator: number | null,
  after: number,
  patienceMs: number = PATIENCE_MS,
): Promise<Map<string, Committed> | Problem> {
  let node = coordinator;
  let trouble: Problem = problemOf(`group ${group}`, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  const deadline = Date.now() + patienceMs;
  for (let attempt = 0; attempt === 0 || Date.now() < deadline; attempt++) {
    await pause(attempt);
    if (node === null) {
      const found = await findCoordinator(client, group, after);
      if (typeof found !== 'number') {
        trouble = found;
        continue;
      }
      node = found;
    }
    try {
      const [told] = await (await commitReader(client, node, after)).read([group]);
      const code = told?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      if (told !== undefined && (code === ErrorCode.NONE || code === ErrorCode.GROUP_ID_NOT_FOUND)) {
        return new Map(
          told.commits.flatMap(({ topic, partition, offset, leaderEpoch, metadata }) =>
            offset === null ? [] : [[keyOf(topic, partition), { offset, leaderEpoch, metadata }] as const],
          ),
        );
      }
      trouble = problemOf(`group ${group}`, code);
      if (!AGAIN.has(code) && !isStaleMetadata(code)) return trouble;
    } catch (error) {
      trouble = problemFrom(`group ${group}`, asClientError(error));
    }
    node = null;
  }
  return trouble;
}

type Retry = (change: Change, answer: Written) => void;

async function sendCommit(
  client: ClusterClient,
  node: number,
  groupId: string,
  part: readonly Change[],
  after: number,
  written: Map<string, Written>,
  retry: Retry,
): Promise<void> {
  const topics = byTopic(part).map(({ topic, items }) => ({
    name: topic,
    partitions: items.flatMap(({ partition, next }) =>
      next === null
        ? []
        : [
            {
              partitionIndex: partition,
              committedOffset: next.offset,
              committedLeaderEpoch: next.leaderEpoch ?? -1,
              committedMetadata: next.metadata ?? '',
            },
          ],
    ),
  }));
  try {
    const body = { groupId, generationIdOrMemberEpoch: -1, memberId: '', topics };
    const answer = await client.call(node, OffsetCommit, body, { after, maxVersion: BY_NAME });
    take(part, answer.body.topics, written, retry);
  } catch (error) {
    settleUnknown(part, asClientError(error), retry);
  }
}

async function sendDelete(
  client: ClusterClient,
  node: number,
  groupId: string,
  part: readonly Change[],
  after: number,
  written: Map<string, Written>,
  retry: Retry,
): Promise<void> {
  const topics = byTopic(part).map(({ topic, items }) => ({
    name: topic,
    partitions: items.map(({ partition }) => ({ partitionIndex: partition })),
  }));
  try {
    const { body } = await client.call(node, OffsetDelete, { groupId, topics }, { after });
    if (body.errorCode === ErrorCode.NONE) return take(part, body.topics, written, retry);
    // A group that is gone has no commits left.
    const gone = body.errorCode === ErrorCode.GROUP_ID_NOT_FOUND;
    const answer = { answered: true, error: gone ? null : errorOf(`group ${groupId}`, body.errorCode) };
    if (AGAIN.has(body.errorCode)) for (const change of part) retry(change, answer);
    else settle(written, part, answer);
  } catch (error) {
    settleUnknown(part, asClientError(error), retry);
  }
}

function take(
  part: readonly Change[],
  topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
  }[],
  written: Map<string, Written>,
  retry: Retry,
): void {
  const codes = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => [keyOf(name, partitionIndex), errorCode] as const),
    ),
  );
  for (const change of part) {
    const key = keyOf(change.topic, change.partition);
    const code = codes.get(key);
    if (code === undefined) {
      const message = 'the coordinator did not say what became of it';
      written.set(key, { answered: false, error: problem(key, 'NO_ANSWER', message) });
    } else if (code === ErrorCode.NONE) written.set(key, { answered: true, error: null });
    else if (AGAIN.has(code)) {
      retry(change, { answered: code !== ErrorCode.REQUEST_TIMED_OUT, error: errorOf(key, code) });
    } else written.set(key, { answered: true, error: errorOf(key, code) });
  }
}

/** What these errors mean to somebody who commits for a group from outside. */
const MEANING: Readonly<Record<number, readonly [message: string, advice: string]>> = {
  [ErrorCode.UNKNOWN_MEMBER_ID]: [
    'a member has joined the group',
    'Stop the consumers first, or give --wait-empty 60s.',
  ],
  [ErrorCode.REBALANCE_IN_PROGRESS]: ['a member is joining the group', 'Stop the consumers first.'],
  [ErrorCode.ILLEGAL_GENERATION]: ['a member has joined the group', 'Stop the consumers first.'],
  [ErrorCode.STALE_MEMBER_EPOCH]: ['a member has joined the group', 'Stop the consumers first.'],
  [ErrorCode.NON_EMPTY_GROUP]: ['the group has members', 'Stop them first.'],
  [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC]: ['members of the group are subscribed to this topic', 'Stop them first.'],
  [ErrorCode.OFFSET_METADATA_TOO_LARGE]: [
    'its metadata is longer than offset.metadata.max.bytes',
    'Restore without it.',
  ],
  [ErrorCode.GROUP_AUTHORIZATION_FAILED]: ['not authorised to commit for this group', 'It needs READ on the group.'],
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED]: ['not authorised to commit for this topic', 'It needs READ on the topic.'],
};

function errorOf(scope: string, code: number): Problem {
  const general = problemOf(scope, code);
  const [message, advice] = MEANING[code] ?? [general.message, general.advice];
  return { ...general, message, advice };
}

function settle(written: Map<string, Written>, changes: readonly Change[], answer: Written): void {
  for (const { topic, partition } of changes) written.set(keyOf(topic, partition), answer);
}

/** No answer came: it may or may not have been carried out. Sending it again does no harm. */
function settleUnknown(part: readonly Change[], error: ReturnType<typeof asClientError>, retry: Retry): void {
  for (const change of part) {
    retry(change, { answered: false, error: problemFrom(keyOf(change.topic, change.partition), error) });
  }
}

/** Parts that fit one batch each, going by the lengths of their texts. */
function parts(group: string, changes: readonly Change[]): Change[][] {
  const found: Change[][] = [];
  let room = 0;
  for (const change of changes) {
    const size = 80 + 3 * (group.length + change.topic.length + (change.next?.metadata?.length ?? 0));
    if (room < size || found.length === 0) {
      found.push([]);
      room = BYTES_PER_REQUEST;
    }
    room -= size;
    found.at(-1)?.push(change);
  }
  return found;
}
