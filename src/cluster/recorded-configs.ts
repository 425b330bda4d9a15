import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DescribeConfigs } from '../protocol/api/index.ts';
import { ConfigResourceType } from '../protocol/config-resource.ts';
import { ErrorCode } from '../protocol/errors.ts';
import type { ResponseOf } from '../protocol/schema/index.ts';
import { problem, problemFrom, problemOf } from './problem.ts';
import type { BrokerConfigs, ConfigEntry, TopicConfigs } from './recording.ts';
import type { Problem } from './snapshot.ts';

const TOPICS_PER_REQUEST = 1_000;

/** The settings of topics that debugging asks for; the rest would make the recording of a large cluster larger for nothing. */
export const RECORDED_TOPIC_CONFIGS = [
  'cleanup.policy',
  'compression.type',
  'delete.retention.ms',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'index.interval.bytes',
  'leader.replication.throttled.replicas',
  'local.retention.bytes',
  'local.retention.ms',
  'max.compaction.lag.ms',
  'max.message.bytes',
  'message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.type',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'min.insync.replicas',
  'preallocate',
  'remote.storage.enable',
  'retention.bytes',
  'retention.ms',
  'segment.bytes',
  'segment.index.bytes',
  'segment.jitter.ms',
  'segment.ms',
  'unclean.leader.election.enable',
] as const;

type Told = ResponseOf<typeof DescribeConfigs>['results'][number];

/** Kafka's numbers for where a setting was made. */
const SOURCES: ReadonlyMap<number, ConfigEntry['source']> = new Map([
  [1, 'topic'],
  [2, 'broker'],
  [3, 'cluster'],
  [4, 'static'],
  [5, 'default'],
  [6, 'broker-logger'],
  [7, 'unknown'],
  [8, 'group'],
]);

/** The settings of topics, a thousand in a request. Never rejects for a broker's fault: each topic has its own problem. */
export async function readTopicConfigsInFull(
  client: ClusterClient,
  topics: readonly string[],
  after: number,
): Promise<TopicConfigs[]> {
  const parts: Promise<TopicConfigs[]>[] = [];
  for (let at = 0; at < topics.length; at += TOPICS_PER_REQUEST) {
    parts.push(askForTopics(client, topics.slice(at, at + TOPICS_PER_REQUEST), after));
  }
  return (await Promise.all(parts)).flat().sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

async function askForTopics(client: ClusterClient, topics: readonly string[], after: number): Promise<TopicConfigs[]> {
  const configurationKeys = [...RECORDED_TOPIC_CONFIGS];
  const resources = topics.map((resourceName) => ({
    resourceType: ConfigResourceType.topic,
    resourceName,
    configurationKeys,
  }));
  try {
    const { body } = await client.call('any', DescribeConfigs, { resources }, { after });
    return (
      body.results
        // A topic that was deleted in the meantime is no problem.
        .filter(({ errorCode }) => errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
        .map((told) => ({
          topic: told.resourceName,
          configs: entriesOf(told),
          problem: refusal(`topic ${told.resourceName}`, told, 'It needs DESCRIBE_CONFIGS on the topic.'),
        }))
    );
  } catch (error) {
    const failure = asClientError(error);
    return topics.map((topic) => ({ topic, configs: [], problem: problemFrom(`topic ${topic}`, failure) }));
  }
}

/** All settings of every broker, each asked itself. Never rejects for a broker's fault. */
export async function readBrokerConfigs(
  client: ClusterClient,
  brokers: readonly number[],
  after: number,
): Promise<BrokerConfigs[]> {
  const resource = (id: number) => ({
    resourceType: ConfigResourceType.broker,
    resourceName: String(id),
    configurationKeys: null,
  });
  return await Promise.all(
    brokers.map(async (broker): Promise<BrokerConfigs> => {
      try {
        const { body } = await client.call(broker, DescribeConfigs, { resources: [resource(broker)] }, { after });
        const [told] = body.results;
        if (told === undefined) return { broker, configs: [], problem: problemOf(`broker ${broker}`, -1) };
        const advice = 'It needs DESCRIBE_CONFIGS on the cluster.';
        return { broker, configs: entriesOf(told), problem: refusal(`broker ${broker}`, told, advice) };
      } catch (error) {
        return { broker, configs: [], problem: problemFrom(`broker ${broker}`, asClientError(error)) };
      }
    }),
  );
}

function entriesOf({ configs }: Told): ConfigEntry[] {
  return configs
    .map(({ name, value, isSensitive, configSource }) => ({
      name,
      value: isSensitive ? null : value,
      source: SOURCES.get(configSource) ?? ('unknown' as const),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function refusal(scope: string, { errorCode, errorMessage }: Told, advice: string): Problem | null {
  if (errorCode === ErrorCode.NONE) return null;
  const told = problemOf(scope, errorCode, errorMessage);
  return problem(scope, told.name, `its settings could not be read: ${told.message}`, told.advice ?? advice);
}
