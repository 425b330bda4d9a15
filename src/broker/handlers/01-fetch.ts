/*
 * Fetch (key 1)
 *
 *  4  isolation level, last stable offset and aborted transactions (KIP-98)
 *  5  log start offset
 *  7  sessions (KIP-227)
 *  9  current leader epoch (KIP-320)
 * 10  zstd may be answered (KIP-110)
 * 11  rack, preferred read replica (KIP-392)
 * 12  flexible; last fetched epoch and divergence (KIP-595)
 * 13  topic ids instead of names (KIP-516)
 * 15  the replica's state in one tagged struct (KIP-903)
 * 16  addresses of the leaders hinted at (KIP-951)
 * 17  directory ids of followers (KIP-853)
 * 18 is for followers only; nodes of this broker follow each other in their own way.
 */
import { Fetch } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type RequestOf, type ResponseInput, ZERO_UUID } from '../../protocol/schema/index.ts';
import { type Handler, handler, type RequestContext } from '../handler.ts';
import { type LongPoll, longPoll } from '../replica/long-poll.ts';
import type { ReplicaManager } from '../replica/manager.ts';
import { type ReadOutcome, readFailure, readReplica } from '../replica/read.ts';
import type { Watchers } from '../replica/watchers.ts';
import { LeaderHints } from './current-leader.ts';
import {
  type FetchedPartition,
  type FetchSession,
  type FetchSessions,
  FINAL_EPOCH,
  INITIAL_EPOCH,
  NO_SESSION,
} from './fetch-session.ts';

type FetchRequest = RequestOf<typeof Fetch>;
type FetchResponse = ResponseInput<typeof Fetch>;
type TopicResponse = NonNullable<FetchResponse['responses']>[number];
type PartitionResponse = NonNullable<TopicResponse['partitions']>[number];

const TOPIC_IDS_FROM = 13;
const LEADER_HINTS_FROM = 12;
const ENDPOINTS_FROM = 16;
const NO_READ_REPLICA = -1;

interface Read {
  readonly asked: FetchedPartition;
  readonly outcome: ReadOutcome;
}

/** What one request fetches, and how the answer is cut. */
interface FetchPlan {
  readonly partitions: Iterable<FetchedPartition>;
  readonly session: FetchSession | null;
  /** Whether what has not changed is left out. */
  readonly incremental: boolean;
}

/** Serves consumers. Records go from the log to the answer as they are, by reference. */
export class FetchService {
  readonly #replicas: ReplicaManager;
  readonly #sessions: FetchSessions;
  /** Polls that wait, by connection: they end with it. */
  readonly #polls = new Map<number, LongPoll>();

  constructor(replicas: ReplicaManager, sessions: FetchSessions) {
    this.#replicas = replicas;
    this.#sessions = sessions;
  }

  handler(): Handler {
    return handler({
      api: Fetch,
      versions: '4-17',
      handle: (request, context, reply) => {
        const plan = this.#plan(request, context);
        if (typeof plan === 'number') reply({ errorCode: plan, sessionId: NO_SESSION, responses: [] });
        else this.#fetch(request, context, plan, reply);
      },
    });
  }

  disconnected(connectionId: number): void {
    this.#polls.get(connectionId)?.cancel();
    this.#polls.delete(connectionId);
  }

  /** What is to be fetched, by the rules of KIP-227; an error code where the client's session is not ours. */
  #plan(request: FetchRequest, context: RequestContext): FetchPlan | number {
    const { sessionId, sessionEpoch } = request;
    const now = context.node.scheduler.now();
    const usesTopicIds = context.apiVersion >= TOPIC_IDS_FROM;
    if (sessionEpoch === FINAL_EPOCH || sessionEpoch === INITIAL_EPOCH) {
      if (sessionId !== NO_SESSION) this.#sessions.remove(sessionId);
      const partitions = [...asked(request, context)];
      const session = sessionEpoch === INITIAL_EPOCH ? this.#sessions.create(usesTopicIds, now) : null;
      for (const partition of session === null ? [] : partitions) session?.put(partition);
      return { partitions: session?.partitions.values() ?? partitions, session, incremental: false };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (session.epoch !== sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    if (session.usesTopicIds !== usesTopicIds) return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
    session.advance(now);
    for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
      for (const partition of partitions) session.forget(usesTopicIds ? topicId : topic, partition);
    }
    for (const partition of asked(request, context)) session.put(partition);
    return { partitions: session.partitions.values(), session, incremental: true };
  }

  #fetch(
    request: FetchRequest,
    context: RequestContext,
    plan: FetchPlan,
    reply: (response: FetchResponse) => void,
  ): void {
    const partitions = [...plan.partitions];
    const attempt = (last: boolean): boolean => {
      const { reads, bytes, urgent } = this.#read(partitions, request, context);
      if (!last && !urgent && bytes < request.minBytes) return false;
      this.#polls.delete(context.connectionId);
      reply(respond(reads, plan, context));
      return true;
    };
    if (attempt(request.maxWaitMs <= 0 || partitions.length === 0)) return;
    const poll = longPoll({
      scheduler: context.node.scheduler,
      maxWaitMs: request.maxWaitMs,
      watched: this.#watched(partitions),
      attempt,
    });
    this.#polls.set(context.connectionId, poll);
  }

  *#watched(partitions: readonly FetchedPartition[]): Generator<Watchers> {
    for (const { topic, partition } of partitions) {
      const replica = this.#replicas.get(topic, partition);
      if (replica !== undefined) yield replica.watchers;
    }
  }

  #read(
    partitions: readonly FetchedPartition[],
    request: FetchRequest,
    context: RequestContext,
  ): { reads: Read[]; bytes: number; urgent: boolean } {
    const reads: Read[] = [];
    const limit = Math.min(request.maxBytes, context.node.config.number('fetch.max.bytes'));
    const isolation = request.isolationLevel === 1 ? 'read_committed' : 'read_uncommitted';
    let bytes = 0;
    let urgent = false;
    for (const asked of partitions) {
      const outcome = this.#readOne(
        asked,
        {
          fetchOffset: asked.fetchOffset,
          currentLeaderEpoch: asked.currentLeaderEpoch,
          lastFetchedEpoch: asked.lastFetchedEpoch,
          maxBytes: Math.min(asked.maxBytes, limit - bytes),
          atLeastOneBatch: bytes === 0,
          isolation,
        },
        context,
      );
      bytes += outcome.records.length;
      if (outcome.errorCode !== ErrorCode.NONE || outcome.diverging !== null) urgent = true;
      reads.push({ asked, outcome });
    }
    return { reads, bytes, urgent };
  }

  #readOne(asked: FetchedPartition, read: Parameters<typeof readReplica>[1], context: RequestContext): ReadOutcome {
    const image = context.node.image();
    const byId = asked.topicId !== ZERO_UUID;
    const topic = byId ? image.topicsById.get(asked.topicId) : image.topics.get(asked.topic);
    if (topic === undefined) {
      if (!byId) return readFailure(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      // The id was good when it came into the session: the name belongs to another topic now.
      return readFailure(image.topics.has(asked.topic) ? ErrorCode.INCONSISTENT_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_ID);
    }
    const replica = this.#replicas.get(topic.name, asked.partition);
    if (replica !== undefined) return readReplica(replica, read);
    return readFailure(this.#replicas.missing(topic.name, asked.partition));
  }
}

/** The partitions that a request names. Topics given by id get the name that the id has now. */
function* asked(request: FetchRequest, context: RequestContext): Generator<FetchedPartition> {
  const { topicsById } = context.node.image();
  const byId = context.apiVersion >= TOPIC_IDS_FROM;
  for (const topic of request.topics) {
    const name = byId ? (topicsById.get(topic.topicId)?.name ?? '') : topic.topic;
    for (const partition of topic.partitions) {
      yield {
        topic: name,
        topicId: byId ? topic.topicId : ZERO_UUID,
        partition: partition.partition,
        fetchOffset: partition.fetchOffset,
        maxBytes: partition.partitionMaxBytes,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        toldHighWatermark: -1,
        toldLogStartOffset: -1,
      };
    }
  }
}

function respond(reads: readonly Read[], plan: FetchPlan, context: RequestContext): FetchResponse {
  const hints = new LeaderHints(context.node.image());
  const topics = new Map<string, { topic: string; topicId: string; partitions: PartitionResponse[] }>();
  for (const { asked, outcome } of reads) {
    if (plan.incremental && isUnchanged(asked, outcome)) continue;
    asked.toldHighWatermark = outcome.highWatermark;
    asked.toldLogStartOffset = outcome.logStartOffset;
    if (outcome.records.length > 0) plan.session?.moveToEnd(asked);
    const { topic, topicId } = asked;
    const key = topicId === ZERO_UUID ? topic : topicId;
    let entry = topics.get(key);
    if (entry === undefined) {
      entry = { topic, topicId, partitions: [] };
      topics.set(key, entry);
    }
    const hint =
      context.apiVersion >= LEADER_HINTS_FROM ? hints.of(topic, asked.partition, outcome.errorCode) : undefined;
    entry.partitions.push({
      partitionIndex: asked.partition,
      errorCode: outcome.errorCode,
      highWatermark: outcome.highWatermark,
      lastStableOffset: outcome.lastStableOffset,
      logStartOffset: outcome.logStartOffset,
      ...(outcome.diverging === null ? {} : { divergingEpoch: outcome.diverging }),
      ...(hint === undefined ? {} : { currentLeader: hint }),
      abortedTransactions: outcome.abortedTransactions,
      preferredReadReplica: NO_READ_REPLICA,
      records: outcome.records,
    });
  }
  return {
    errorCode: ErrorCode.NONE,
    sessionId: plan.session?.id ?? NO_SESSION,
    responses: [...topics.values()],
    nodeEndpoints: context.apiVersion >= ENDPOINTS_FROM ? hints.endpoints() : [],
  };
}

/** Whether an incremental answer may leave the partition out. Errors are always told. */
function isUnchanged(asked: FetchedPartition, outcome: ReadOutcome): boolean {
  return (
    outcome.errorCode === ErrorCode.NONE &&
    outcome.records.length === 0 &&
    outcome.diverging === null &&
    outcome.highWatermark === asked.toldHighWatermark &&
    outcome.logStartOffset === asked.toldLogStartOffset
  );
}
