import type { ClusterClient, Throttled } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DescribeCluster } from '../protocol/api/index.ts';
import { type KeySampleRequest, readKeySamples } from './key-samples.ts';
import { type Clock, observe } from './observe.ts';
import { problem } from './problem.ts';
import { HISTORY_BOUNDS, readHistories } from './read-histories.ts';
import { readBrokerConfigs, readTopicConfigsInFull } from './recorded-configs.ts';
import { type Recording, recordingOf } from './recording.ts';
import type { ObserveRequest } from './selection.ts';
import type { Problem, Snapshot } from './snapshot.ts';
import { readTransactions } from './transactions.ts';

export interface RecordRequest {
  /** Of each sample. What comes beside the samples is about what it selects. */
  readonly observe: ObserveRequest;
  readonly samples: number;
  /** From the begin of one sample to the begin of the next, in ms. */
  readonly everyMs: number;
  readonly scope: Recording['scope'];
  /** Whose history is read; null: nobody's. */
  readonly histories: {
    readonly of: (samples: readonly Snapshot[]) => readonly string[];
    /** How far back, in ms before the last sample; null: as far as the bounds allow. */
    readonly backMs: number | null;
  } | null;
  readonly keys: KeySampleRequest | null;
}

/** What recording takes from outside. */
export interface RecordWorld {
  readonly clock: Clock;
  /** Resolves after so many ms, or as soon as `stopped` is aborted. */
  readonly pause: (ms: number) => Promise<void>;
  /** Ends the recording early, with what was taken. */
  readonly stopped: AbortSignal;
  readonly onSample?: (taken: number) => void;
}

/** What is left to read when the user has stopped the recording may take so long. */
const AFTER_STOP_MS = 3_000;

/**
 * Takes samples of a cluster over a while, then reads once what changes slowly or tells of the past: the histories of
 * groups, the settings of topics and brokers, open transactions, and keys where they are asked for. All of these are in
 * flight together; however many groups there are, only those of `histories` cost anything.
 *
 * Rejects with a ClientError where even the first sample fails. A later sample that fails is a problem, and the next one
 * is tried: incidents are when connections break. Null: it was stopped before the first sample was there.
 */
export async function record(
  client: ClusterClient,
  request: RecordRequest,
  world: RecordWorld,
): Promise<Recording | null> {
  const problems: Problem[] = [];
  const throttled: Throttled[] = [];
  const samples: Snapshot[] = [];
  for (let asked = 0; asked < request.samples && !world.stopped.aborted; asked++) {
    const began = world.clock.now();
    try {
      const snapshot = await orStopped(takeSample(client, request.observe, world.clock), world.stopped, 0);
      if (snapshot === null) break;
      samples.push(snapshot);
      world.onSample?.(samples.length);
    } catch (error) {
      const { name, message, advice } = asClientError(error);
      if (samples.length === 0) throw error;
      const at = new Date(began).toISOString();
      problems.push(problem('cluster', name, `the sample of ${at} is missing: ${message}`, advice));
    }
    throttled.push(...client.throttled);
    if (asked + 1 < request.samples && !world.stopped.aborted) {
      await world.pause(Math.max(0, request.everyMs - (world.clock.now() - began)));
    }
  }
  const [first] = samples;
  if (first === undefined) return null;
  client.begin();
  const read = await orStopped(readRest(client, samples, request, problems), world.stopped, AFTER_STOP_MS);
  if (read === null) {
    const message = 'stopped before histories, settings and transactions were read: they are unknown here';
    problems.push(problem('cluster', 'INTERRUPTED', message));
  }
  throttled.push(...client.throttled);
  return {
    ...recordingOf(first),
    scope: request.scope,
    interrupted: samples.length < request.samples && world.stopped.aborted,
    samples,
    ...(read ?? {}),
    throttles: throttled.map(({ target, api, atMs, throttleMs }) => ({
      broker: target === 'any' ? null : target,
      api,
      atMs,
      throttleMs,
    })),
    roundTrips: client.roundTrips,
    requests: sortedRequests(client),
    problems,
  };
}

type Rest = Pick<Recording, 'histories' | 'topicConfigs' | 'brokerConfigs' | 'transactions' | 'keySamples'>;

async function readRest(
  client: ClusterClient,
  samples: readonly Snapshot[],
  { observe: { filter = () => true }, histories, keys }: RecordRequest,
  problems: Problem[],
): Promise<Rest | null> {
  const latest = samples.at(-1);
  if (latest === undefined) return null;
  const topics = latest.topics
    .filter(
      ({ problem: trouble, topic, partitions }) =>
        trouble === null && partitions.some(({ partition }) => filter(topic, partition)),
    )
    .map(({ topic }) => topic);
  const brokers = latest.brokers.map(({ id }) => id);
  const groups = histories?.of(samples) ?? [];
  const back = histories?.backMs ?? null;
  const sinceMs = back === null ? null : Date.parse(latest.at) - back;
  const [topicConfigs, brokerConfigs, transactions, keySamples, told] = await Promise.all([
    readTopicConfigsInFull(client, topics, 0),
    readBrokerConfigs(client, brokers, 0),
    readTransactions(client, latest, problems, 0),
    keys === null ? [] : readKeySamples(client, samples, keys, problems, 0),
    groups.length === 0 ? [] : readHistories(client, latest, { ...HISTORY_BOUNDS, groups, sinceMs }),
  ]);
  return { topicConfigs, brokerConfigs, transactions, keySamples, histories: told };
}

/** A snapshot, with how long each broker took for a small question when nothing else was asked of it. */
async function takeSample(client: ClusterClient, request: ObserveRequest, clock: Clock): Promise<Snapshot> {
  const snapshot = await observe(client, request, clock);
  const brokers = await Promise.all(
    snapshot.brokers.map(async (broker) => ({ ...broker, answerMs: await answerTime(client, broker.id) })),
  );
  return { ...snapshot, brokers, roundTrips: snapshot.roundTrips + 1, requests: sortedRequests(client) };
}

async function answerTime(client: ClusterClient, id: number): Promise<number | null> {
  try {
    if (!(await client.speaks(id, DescribeCluster))) return null;
    const began = performance.now();
    await client.call(id, DescribeCluster, {});
    return Math.round((performance.now() - began) * 10) / 10;
  } catch (error) {
    // What is wrong with it is said where it was observed.
    asClientError(error);
    return null;
  }
}

function sortedRequests(client: ClusterClient): Record<string, number> {
  return Object.fromEntries([...client.requests].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What `work` gives; null once the signal has been aborted for `graceMs`. */
async function orStopped<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  let begin = (): void => undefined;
  const stopped = new Promise<null>((resolve) => {
    begin = () => {
      timer = setTimeout(resolve, graceMs, null);
    };
  });
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', begin);
    // Nobody waits for a late answer any more: its failure concerns nobody.
    work.catch(() => undefined);
  }
}
