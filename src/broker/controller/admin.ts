import { CreateTopics } from '../../protocol/api/19-create-topics.ts';
import { DeleteTopics } from '../../protocol/api/20-delete-topics.ts';
import { AlterConfigs } from '../../protocol/api/33-alter-configs.ts';
import { CreatePartitions } from '../../protocol/api/37-create-partitions.ts';
import { ElectLeaders } from '../../protocol/api/43-elect-leaders.ts';
import { IncrementalAlterConfigs } from '../../protocol/api/44-incremental-alter-configs.ts';
import { AlterPartitionReassignments } from '../../protocol/api/45-alter-partition-reassignments.ts';
import { DescribeQuorum } from '../../protocol/api/55-describe-quorum.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type Api, type RequestOf, type ResponseInput, ZERO_UUID } from '../../protocol/schema/index.ts';
import { type PendingRecord, pending } from '../metadata/record.ts';
import { collisionKey } from '../metadata/topic-name.ts';
import type { NodeConfig } from '../node.ts';
import { alterConfigs, type ConfigResource, setConfigs } from './alter-configs.ts';
import type { ControllerView } from './decision.ts';
import { describeQuorum, type QuorumView } from './describe-quorum.ts';
import { electLeaders } from './elect-leaders.ts';
import { alterPartitionReassignments } from './reassign-partitions.ts';
import { addPartitions, createTopic, isRefusal, type NewTopic, type Refusal, refuse } from './topics.ts';

/** What an admin request comes to: the answer, and the records that make it true. */
export interface AdminOutcome<A extends Api> {
  readonly response: ResponseInput<A>;
  readonly records: readonly PendingRecord[];
}

export interface AdminContext extends ControllerView {
  readonly config: NodeConfig;
  readonly quorum: QuorumView;
}

export interface AdminOperation<A extends Api = Api> {
  readonly api: A;
  decide(context: AdminContext, request: RequestOf<A>): AdminOutcome<A>;
}

const NO_ERROR = { errorCode: ErrorCode.NONE, errorMessage: null };

const failure = (refusal: Refusal) => ({ errorCode: refusal.errorCode, errorMessage: refusal.message });

/** Names (or other keys) that come more than once. */
function duplicates(keys: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const key of keys) (seen.has(key) ? twice : seen).add(key);
  return twice;
}

function createTopics(
  context: AdminContext,
  request: RequestOf<typeof CreateTopics>,
): AdminOutcome<typeof CreateTopics> {
  const twice = duplicates(request.topics.map((topic) => topic.name));
  const names = new Map([...context.image.topics.keys()].map((name) => [collisionKey(name), name]));
  const defaults = {
    numPartitions: context.config.number('num.partitions'),
    replicationFactor: context.config.number('default.replication.factor'),
  };
  const records: PendingRecord[] = [];
  const answered = new Set<string>();
  const topics: NonNullable<ResponseInput<typeof CreateTopics>['topics']>[number][] = [];
  const decide = (topic: NewTopic) =>
    twice.has(topic.name)
      ? refuse(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')
      : createTopic(context, topic, defaults, names);
  for (const topic of request.topics) {
    if (answered.has(topic.name)) continue;
    answered.add(topic.name);
    const outcome = decide(topic);
    if (isRefusal(outcome)) {
      topics.push({ name: topic.name, ...failure(outcome) });
      continue;
    }
    names.set(collisionKey(topic.name), topic.name);
    if (!request.validateOnly) records.push(...outcome.records);
    topics.push({
      name: topic.name,
      topicId: request.validateOnly ? ZERO_UUID : outcome.topicId,
      ...NO_ERROR,
      numPartitions: outcome.numPartitions,
      replicationFactor: outcome.replicationFactor,
    });
  }
  return { response: { topics }, records };
}

function deleteTopics(
  context: AdminContext,
  request: RequestOf<typeof DeleteTopics>,
): AdminOutcome<typeof DeleteTopics> {
  const asked = [
    ...request.topicNames.map((name) => ({ name, topicId: ZERO_UUID })),
    ...request.topics.map(({ name, topicId }) => ({ name, topicId })),
  ];
  const enabled = context.config.boolean('delete.topic.enable');
  const records: PendingRecord[] = [];
  const gone = new Set<string>();
  const responses = asked.map((target) => {
    const refused = (errorCode: number, errorMessage: string) => ({ ...target, errorCode, errorMessage });
    if ((target.name === null) === (target.topicId === ZERO_UUID)) {
      return refused(ErrorCode.INVALID_REQUEST, 'You must specify either a topic name or a topic id, not both.');
    }
    if (!enabled) return refused(ErrorCode.TOPIC_DELETION_DISABLED, 'Topic deletion is disabled.');
    const topic =
      target.name === null ? context.image.topicsById.get(target.topicId) : context.image.topics.get(target.name);
    if (topic === undefined) {
      return target.name === null
        ? refused(ErrorCode.UNKNOWN_TOPIC_ID, 'This server does not host this topic ID.')
        : refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
    }
    if (gone.has(topic.id)) return refused(ErrorCode.INVALID_REQUEST, 'Duplicate topic name or id.');
    gone.add(topic.id);
    records.push(pending('RemoveTopicRecord', { topicId: topic.id }));
    return { name: topic.name, topicId: topic.id, ...NO_ERROR };
  });
  return { response: { responses }, records };
}

type CreatePartitionsResult = NonNullable<ResponseInput<typeof CreatePartitions>['results']>[number];

function createPartitions(
  context: AdminContext,
  request: RequestOf<typeof CreatePartitions>,
): AdminOutcome<typeof CreatePartitions> {
  const twice = duplicates(request.topics.map((topic) => topic.name));
  const records: PendingRecord[] = [];
  const answered = new Set<string>();
  const results = request.topics.flatMap((topic): CreatePartitionsResult[] => {
    if (answered.has(topic.name)) return [];
    answered.add(topic.name);
    const outcome = twice.has(topic.name)
      ? refuse(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')
      : addPartitions(context, topic);
    if (isRefusal(outcome)) return [{ name: topic.name, ...failure(outcome) }];
    if (!request.validateOnly) records.push(...outcome);
    return [{ name: topic.name, ...NO_ERROR }];
  });
  return { response: { results }, records };
}

/** What both ways of altering configs share: each resource for itself, twice the same one is refused. */
function alterResources<R extends ConfigResource>(
  resources: readonly R[],
  validateOnly: boolean,
  decide: (resource: R) => readonly PendingRecord[] | Refusal,
) {
  const key = (resource: ConfigResource) => `${resource.resourceType}/${resource.resourceName}`;
  const twice = duplicates(resources.map(key));
  const records: PendingRecord[] = [];
  const responses = resources.map((resource) => {
    const { resourceType, resourceName } = resource;
    const outcome = twice.has(key(resource))
      ? refuse(ErrorCode.INVALID_REQUEST, 'Each resource must appear at most once.')
      : decide(resource);
    if (isRefusal(outcome)) return { resourceType, resourceName, ...failure(outcome) };
    if (!validateOnly) records.push(...outcome);
    return { resourceType, resourceName, ...NO_ERROR };
  });
  return { response: { responses }, records };
}

function operation<A extends Api>(
  api: A,
  decide: (context: AdminContext, request: RequestOf<A>) => AdminOutcome<A>,
): AdminOperation {
  // Operations are looked up by the key of their API, so that each only ever sees its own requests.
  return { api, decide } as unknown as AdminOperation;
}

/** The requests that change the cluster, by API key: pure decisions that the active controller carries out. */
export const ADMIN_OPERATIONS: ReadonlyMap<number, AdminOperation> = new Map(
  [
    operation(CreateTopics, createTopics),
    operation(DeleteTopics, deleteTopics),
    operation(CreatePartitions, createPartitions),
    operation(ElectLeaders, electLeaders),
    operation(AlterPartitionReassignments, alterPartitionReassignments),
    operation(DescribeQuorum, (context, request) => ({ response: describeQuorum(context, request), records: [] })),
    operation(IncrementalAlterConfigs, (context, request) =>
      alterResources(request.resources, request.validateOnly, ({ resourceType, resourceName, configs }) =>
        alterConfigs(
          context.image,
          { resourceType, resourceName },
          configs.map((config) => ({ name: config.name, operation: config.configOperation, value: config.value })),
        ),
      ),
    ),
    operation(AlterConfigs, (context, request) =>
      alterResources(request.resources, request.validateOnly, ({ resourceType, resourceName, configs }) =>
        setConfigs(context.image, { resourceType, resourceName }, configs),
      ),
    ),
  ].map((entry) => [entry.api.key, entry]),
);
