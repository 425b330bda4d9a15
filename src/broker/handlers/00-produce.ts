/*
 * Produce (key 0)
 *
 *  3  transactional id; record batches of format v2 only
 *  4  KAFKA_STORAGE_ERROR may be answered
 *  5  answers carry the log start offset
 *  7  zstd is allowed (KIP-110)
 *  8  errors of single records and an error message (KIP-467)
 *  9  flexible
 * 10  the current leader with NOT_LEADER_OR_FOLLOWER (KIP-951)
 * 11  TRANSACTION_ABORTABLE may be answered (KIP-890)
 * 12  implicit AddPartitionsToTxn (KIP-890)
 * 13  topic ids instead of names
 */
import { Produce } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts';
import { Compression, compression, isTransactional, magic, producerId, RECORDS_AT } from '../../records/index.ts';
import { CLOSE_CONNECTION, type Handler, handler, NO_RESPONSE, type RequestContext } from '../handler.ts';
import type { Acks, AppendOutcome } from '../node.ts';
import { failure } from '../replica/replica.ts';
import { LeaderHints } from './current-leader.ts';

type ProduceRequest = RequestOf<typeof Produce>;
type TopicResponse = NonNullable<ResponseInput<typeof Produce>['responses']>[number];
type PartitionResponse = NonNullable<TopicResponse['partitionResponses']>[number];

const TOPIC_IDS_FROM = 13;
const ZSTD_FROM = 7;
const LEADER_HINTS_FROM = 10;

export function produceHandler(): Handler {
  return handler({
    api: Produce,
    versions: '3-13',
    handle(request, context, reply) {
      produce(request, context, (topics) => {
        if (request.acks === 0) {
          // There is no answer that could carry an error: the client learns of it by losing its connection.
          reply(topics.some(hasError) ? CLOSE_CONNECTION : NO_RESPONSE);
          return;
        }
        const isHinting = context.apiVersion >= LEADER_HINTS_FROM && topics.some(hasError);
        const nodeEndpoints = isHinting ? addHints(topics, context) : [];
        reply({ responses: topics, nodeEndpoints });
      });
    },
  });
}

type MutablePartition = { -readonly [K in keyof PartitionResponse]: PartitionResponse[K] };
interface MutableTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionResponses: MutablePartition[];
}

function produce(request: ProduceRequest, context: RequestContext, done: (topics: MutableTopic[]) => void): void {
  const { node, apiVersion } = context;
  const { acks, timeoutMs } = request;
  const image = node.image();
  const verifying = node.config.boolean('transaction.partition.verification.enable');
  const topics: MutableTopic[] = [];
  let pending = 1;
  const settled = (): void => {
    pending--;
    if (pending === 0) done(topics);
  };
  for (const data of request.topicData) {
    const byId = apiVersion >= TOPIC_IDS_FROM;
    const name = byId ? image.topicsById.get(data.topicId)?.name : data.name;
    const topic: MutableTopic = { name: name ?? '', topicId: data.topicId, partitionResponses: [] };
    topics.push(topic);
    for (const { index, records } of data.partitionData) {
      const slot: MutablePartition = { index };
      topic.partitionResponses.push(slot);
      pending++;
      const settle = (outcome: AppendOutcome): void => {
        fill(slot, outcome);
        settled();
      };
      if (name === undefined) {
        settle(failure(ErrorCode.UNKNOWN_TOPIC_ID));
      } else if (!isAcks(acks)) {
        settle(failure(ErrorCode.INVALID_REQUIRED_ACKS));
      } else if (records === null || records.length < RECORDS_AT) {
        settle(failure(ErrorCode.CORRUPT_MESSAGE));
      } else {
        const error = refuse(acks, records, apiVersion, verifying);
        if (error === ErrorCode.NONE) node.replicas.append(name, index, records, acks, timeoutMs, 'client', settle);
        else settle(failure(error));
      }
    }
  }
  settled();
}

function isAcks(acks: number): acks is Acks {
  return acks === -1 || acks === 0 || acks === 1;
}

/** What is wrong with the first batch before the log has to look at it. */
function refuse(acks: Acks, records: Buffer, apiVersion: number, verifying: boolean): number {
  if (magic(records, 0) !== 2) return ErrorCode.INVALID_RECORD;
  if (apiVersion < ZSTD_FROM && compression(records, 0) === Compression.zstd) {
    return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE;
  }
  // Idempotence promises that nothing is lost, which acks=0 or 1 cannot keep; Kafka refuses it only for transactions.
  if (isTransactional(records, 0) && (acks !== -1 || producerId(records, 0) < 0)) return ErrorCode.INVALID_RECORD;
  // No transaction coordinator lives here that a transaction could be open at: only who does not ask one may write into it.
  if (isTransactional(records, 0) && verifying) return ErrorCode.INVALID_TXN_STATE;
  return ErrorCode.NONE;
}

function fill(slot: MutablePartition, outcome: AppendOutcome): void {
  slot.errorCode = outcome.errorCode;
  slot.baseOffset = outcome.errorCode === ErrorCode.NONE ? outcome.baseOffset : -1;
  slot.logAppendTimeMs = outcome.logAppendTimeMs;
  slot.logStartOffset = outcome.logStartOffset;
  slot.errorMessage = outcome.message;
  slot.recordErrors = outcome.recordErrors.map(({ batchIndex, message }) => ({
    batchIndex,
    batchIndexErrorMessage: message,
  }));
}

function hasError(topic: MutableTopic): boolean {
  return topic.partitionResponses.some((partition) => partition.errorCode !== ErrorCode.NONE);
}

function addHints(topics: readonly MutableTopic[], context: RequestContext) {
  const hints = new LeaderHints(context.node.image());
  for (const topic of topics) {
    for (const partition of topic.partitionResponses) {
      const hint = hints.of(topic.name, partition.index ?? 0, partition.errorCode ?? ErrorCode.NONE);
      if (hint !== undefined) partition.currentLeader = hint;
    }
  }
  return hints.endpoints();
}
