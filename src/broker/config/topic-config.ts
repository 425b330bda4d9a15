import type { LogConfig } from '../../log/types.ts';
import type { MetadataImage } from '../image.ts';
import type { NodeConfig } from '../node.ts';
import { type ThrottledReplicas, throttledReplicas } from '../replica/throttle.ts';
import { invalidValue, listItems } from './definition.ts';
import { brokerConfigLevels, CONFIG_SOURCE, type ConfigLevels, type SourcedValue, unknownName } from './node-config.ts';
import { TOPIC_DEFINITIONS, type TopicConfigDefinition } from './topic-definitions.ts';

const BY_NAME = new Map(TOPIC_DEFINITIONS.map((definition) => [definition.name, definition]));

/** A topic's settings as they are in force on a node: the log's own, and those that the broker obeys. Times in ms. */
export interface TopicConfig extends LogConfig {
  readonly minInsyncReplicas: number;
  readonly uncleanLeaderElection: boolean;
  readonly messageTimestampBeforeMaxMs: number;
  readonly messageTimestampAfterMaxMs: number;
  readonly deleteRetentionMs: number;
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  /** Replicas that replicate at most at the node's throttled rate, as leaders and as followers. */
  readonly throttled: { readonly leader: ThrottledReplicas; readonly follower: ThrottledReplicas };
}

export function topicDefinition(name: string): TopicConfigDefinition | undefined {
  return BY_NAME.get(name);
}

/** Why a topic setting cannot be, in words for the client; null where it can. */
export function invalidTopicConfig(name: string, value: string | null): string | null {
  const definition = BY_NAME.get(name);
  if (definition === undefined) return unknownName('topic', name, BY_NAME.keys());
  if (value === null) return `Null value not supported for topic configs: ${name}`;
  const reason = invalidValue(definition, value);
  if (reason !== null) return reason;
  const { form } = definition;
  if (form?.pattern.test(value) === false) return `Invalid value ${value} for configuration ${name}: ${form.words}`;
  if (definition.only === undefined || definition.only.includes(value.trim().toLowerCase())) return null;
  return `${name}=${value} is not supported by this broker: it would have no effect. Supported: ${definition.only.join(', ')}`;
}

/** Why a set of topic settings does not hold together; null where it does. */
export function invalidTopicConfigs(configs: ReadonlyMap<string, string>): string | null {
  for (const [name, value] of configs) {
    const reason = invalidTopicConfig(name, value);
    if (reason !== null) return reason;
  }
  const minLag = Number(configs.get('min.compaction.lag.ms') ?? 0);
  const maxLag = Number(configs.get('max.compaction.lag.ms') ?? Number.POSITIVE_INFINITY);
  if (minLag > maxLag) {
    return `conflict topic config setting min.compaction.lag.ms (${minLag}) > max.compaction.lag.ms (${maxLag})`;
  }
  return null;
}

/**
 * A topic setting on all levels that have it, the strongest first. As in Kafka, only the broker setting of the same
 * unit is listed: hours and minutes take effect, but are not shown as synonyms.
 */
export function topicConfigLevels(
  overrides: ReadonlyMap<string, string> | undefined,
  definition: TopicConfigDefinition,
  image: MetadataImage,
  levels: ConfigLevels,
): SourcedValue[] {
  const { name } = definition;
  const value = overrides?.get(name);
  const own = value === undefined ? [] : [{ name, value, source: CONFIG_SOURCE.DYNAMIC_TOPIC_CONFIG }];
  const [synonym] = definition.synonyms;
  return synonym === undefined ? own : [...own, ...brokerConfigLevels(levels, image, synonym.name)];
}

/** The value in force as text: the topic's own, or what the node gives it, in the topic setting's unit. */
export function topicConfigText(
  overrides: ReadonlyMap<string, string> | undefined,
  name: string,
  config: NodeConfig,
): string {
  return overrides?.get(name) ?? nodeDefault(name, config);
}

interface Cached {
  readonly topicConfigs: MetadataImage['topicConfigs'];
  readonly brokerConfigs: MetadataImage['brokerConfigs'];
  readonly topics: Map<string, TopicConfig>;
}
const cache = new WeakMap<NodeConfig, Cached>();

/** The settings of a topic in an image, as the node with this config obeys them. The same object until configs change. */
export function effectiveTopicConfig(image: MetadataImage, topic: string, config: NodeConfig): TopicConfig {
  let cached = cache.get(config);
  if (cached?.topicConfigs !== image.topicConfigs || cached.brokerConfigs !== image.brokerConfigs) {
    cached = { topicConfigs: image.topicConfigs, brokerConfigs: image.brokerConfigs, topics: new Map() };
    cache.set(config, cached);
  }
  let found = cached.topics.get(topic);
  if (found === undefined) {
    found = resolve(image.topicConfigs.get(topic), config);
    cached.topics.set(topic, found);
  }
  return found;
}

function resolve(overrides: ReadonlyMap<string, string> | undefined, config: NodeConfig): TopicConfig {
  const text = (name: string): string => topicConfigText(overrides, name, config);
  const number = (name: string) => Number(text(name));
  const policies = listItems(text('cleanup.policy'));
  return {
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    maxMessageBytes: number('max.message.bytes'),
    messageTimestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    cleanupPolicy: { delete: policies.includes('delete'), compact: policies.includes('compact') },
    minInsyncReplicas: number('min.insync.replicas'),
    uncleanLeaderElection: text('unclean.leader.election.enable').toLowerCase() === 'true',
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    throttled: {
      leader: throttledReplicas(text('leader.replication.throttled.replicas')),
      follower: throttledReplicas(text('follower.replication.throttled.replicas')),
    },
  };
}

/** What a topic without a setting of its own gets from the node, in the topic setting's unit. */
function nodeDefault(name: string, config: NodeConfig): string {
  const definition = BY_NAME.get(name);
  for (const synonym of definition?.synonyms ?? []) {
    const value = config.string(synonym.name);
    if (value !== '') return synonym.scale === 1 ? value : String(Number(value) * synonym.scale);
  }
  return definition?.default ?? '';
}
