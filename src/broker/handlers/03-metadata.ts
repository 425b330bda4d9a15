import { Metadata } from '../../protocol/api/03-metadata.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type RequestOf, type ResponseInput, ZERO_UUID } from '../../protocol/schema/index.ts';
import { handler, type RequestContext } from '../handler.ts';
import type { MetadataImage, TopicImage } from '../image.ts';
import { invalidTopicName } from '../metadata/topic-name.ts';
import { autoCreate } from './auto-create.ts';
import {
  aliveBrokers,
  CLUSTER_OPERATIONS,
  describePartition,
  isAlive,
  leaderError,
  OPERATIONS_NOT_ASKED,
  TOPIC_OPERATIONS,
} from './describe-partitions.ts';

/**
 * Metadata: the brokers, and topics with their leaders. Topics that do not exist are created when the client and
 * auto.create.topics.enable allow it, and are in the answer already.
 *
 * v0     no topics = all of them; dead replicas are left out
 * v1     null = all, none = none; controller, racks, internal topics
 * v2     cluster id
 * v4     the client may forbid creation
 * v5     offline replicas
 * v7     leader epochs
 * v8     authorized operations (of the cluster until v10)
 * v10    topic ids in the answer (KIP-516)
 * v12    topics may be asked for by id alone
 * v13    an error for the whole answer (KIP-1102)
 */
type Request = RequestOf<typeof Metadata>;
type TopicAnswer = NonNullable<ResponseInput<typeof Metadata>['topics']>[number];

export const metadataHandler = handler<typeof Metadata>({
  api: Metadata,
  versions: '0-13',
  handle(request, context, reply) {
    const names = missingNames(request, context);
    const image = context.node.image();
    if (names.length === 0) {
      reply(answer(request, context, image, new Map()));
      return;
    }
    autoCreate(names, context, (errors) => reply(answer(request, context, context.node.image(), errors)));
  },
});

/** The topics to create before answering. */
function missingNames(request: Request, context: RequestContext): string[] {
  if (request.topics === null || !request.allowAutoTopicCreation) return [];
  if (!context.node.config.boolean('auto.create.topics.enable')) return [];
  const image = context.node.image();
  const names = request.topics
    .filter((topic) => topic.topicId === ZERO_UUID)
    .map((topic) => topic.name ?? '')
    .filter((name) => !image.topics.has(name) && invalidTopicName(name) === null);
  return [...new Set(names)];
}

function answer(
  request: Request,
  context: RequestContext,
  image: MetadataImage,
  createErrors: ReadonlyMap<string, number>,
): ResponseInput<typeof Metadata> {
  const operations = request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : OPERATIONS_NOT_ASKED;
  const topicAnswer = (topic: TopicImage): TopicAnswer => ({
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    partitions: topic.partitions.map((partition) => partitionAnswer(image, partition, context.apiVersion)),
    ...(context.apiVersion >= 8 ? { topicAuthorizedOperations: operations } : {}),
  });
  const wantsAll = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0);
  return {
    brokers: aliveBrokers(image).map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId: image.clusterId,
    controllerId: image.controllerId,
    topics: wantsAll
      ? sortedTopics(image).map(topicAnswer)
      : uniqueTopics(request).map((asked) => {
          const found = findTopic(image, asked, createErrors);
          return 'errorCode' in found ? found : topicAnswer(found);
        }),
    ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS } : {}),
  };
}

function sortedTopics(image: MetadataImage): TopicImage[] {
  return [...image.topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function uniqueTopics(request: Request) {
  const seen = new Set<string>();
  return (request.topics ?? []).filter((topic) => {
    const key = topic.name ?? `id ${topic.topicId}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A topic that was asked for by name or id, or the error that stands for it. */
function findTopic(
  image: MetadataImage,
  asked: { readonly name: string | null; readonly topicId: string },
  createErrors: ReadonlyMap<string, number>,
): TopicImage | (TopicAnswer & { readonly errorCode: number }) {
  if (asked.topicId !== ZERO_UUID) {
    const byId = image.topicsById.get(asked.topicId);
    // The name goes along where the client gave one: it cannot be null before v12.
    return byId ?? { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: asked.name, topicId: asked.topicId, partitions: [] };
  }
  const name = asked.name ?? '';
  const topic = image.topics.get(name);
  if (topic !== undefined) return topic;
  return { errorCode: missingError(name, createErrors), name, partitions: [] };
}

function missingError(name: string, createErrors: ReadonlyMap<string, number>): number {
  if (invalidTopicName(name) !== null) return ErrorCode.INVALID_TOPIC_EXCEPTION;
  const error = createErrors.get(name) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  // Another node created or deleted it meanwhile: clients ask again.
  if (error === ErrorCode.NONE || error === ErrorCode.TOPIC_ALREADY_EXISTS) return ErrorCode.LEADER_NOT_AVAILABLE;
  return error;
}

function partitionAnswer(image: MetadataImage, partition: TopicImage['partitions'][number], version: number) {
  const described = describePartition(image, partition);
  const errorCode = leaderError(described);
  if (version > 0) return { ...described, errorCode };
  const replicaNodes = described.replicaNodes.filter((replica) => isAlive(image, replica));
  const isrNodes = described.isrNodes.filter((replica) => isAlive(image, replica));
  const incomplete = replicaNodes.length < partition.replicas.length || isrNodes.length < partition.isr.length;
  const replicaError = incomplete ? ErrorCode.REPLICA_NOT_AVAILABLE : ErrorCode.NONE;
  return { ...described, replicaNodes, isrNodes, errorCode: errorCode === ErrorCode.NONE ? replicaError : errorCode };
}
