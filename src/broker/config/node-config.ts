import type { MetadataImage } from '../image.ts';
import type { NodeConfig } from '../node.ts';
import { SERVING_DEFINITIONS } from './broker-definitions.ts';
import { type ConfigDefinition, invalidValue, nearestName } from './definition.ts';
import { devDefaults } from './dev-defaults.ts';
import { FEATURE_DEFINITIONS } from './feature-definitions.ts';

const ALL = new Map([...SERVING_DEFINITIONS, ...FEATURE_DEFINITIONS].map((entry) => [entry.name, entry]));
/** Faults are dynamic broker configs under this prefix: `kmedic.fault.<fault>[.<label>]`. */
export const FAULT_PREFIX = 'kmedic.fault.';

export const BROKER_DEFINITIONS: ReadonlyMap<string, ConfigDefinition> = ALL;
/** Cluster-wide dynamic broker configs are kept under this name. */
export const CLUSTER_DEFAULT = '';

/** Why a broker setting cannot be, in words for whoever set it; null where it can. */
export function invalidBrokerConfig(name: string, value: string): string | null {
  if (name.startsWith(FAULT_PREFIX)) return `${name}: faults are injected while the brokers run, as dynamic configs`;
  const definition = ALL.get(name);
  if (definition === undefined) return unknownName('broker', name, ALL.keys());
  if (name === 'compression.type' && value !== 'producer') {
    return `compression.type=${value} is not supported: batches are stored as the producer sent them`;
  }
  return invalidValue(definition, value);
}

export function unknownName(kind: 'broker' | 'topic', name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return `Unknown ${kind} config name: ${name}${nearest === null ? '' : `. Did you mean ${nearest}?`}`;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Static settings of a node: what was given over the defaults of this broker. Throws ConfigError on a name or value that cannot be. */
export function staticBrokerConfig(given: ReadonlyMap<string, string>): void {
  for (const [name, value] of given) {
    const reason = invalidBrokerConfig(name, value);
    if (reason !== null) throw new ConfigError(reason);
  }
}

/** On which level a setting was found, in Kafka's words and numbers (DescribeConfigs). */
export const CONFIG_SOURCE = {
  DYNAMIC_TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
} as const;

export interface SourcedValue {
  readonly name: string;
  readonly value: string;
  readonly source: number;
}

/** What a node's settings are made of, from the strongest to the weakest. */
export interface ConfigLevels {
  readonly nodeId: number;
  /** What was given, and where nothing was, what this broker starts with instead of Kafka's default. */
  readonly statics: ReadonlyMap<string, string>;
}

/** A broker setting on all levels that have it, the strongest first. */
export function brokerConfigLevels(levels: ConfigLevels, image: MetadataImage, name: string): SourcedValue[] {
  const found: SourcedValue[] = [];
  const add = (value: string | undefined, source: number) => {
    if (value !== undefined) found.push({ name, value, source });
  };
  add(image.brokerConfigs.get(String(levels.nodeId))?.get(name), CONFIG_SOURCE.DYNAMIC_BROKER_CONFIG);
  add(image.brokerConfigs.get(CLUSTER_DEFAULT)?.get(name), CONFIG_SOURCE.DYNAMIC_DEFAULT_BROKER_CONFIG);
  add(levels.statics.get(name), CONFIG_SOURCE.STATIC_BROKER_CONFIG);
  add(ALL.get(name)?.default ?? undefined, CONFIG_SOURCE.DEFAULT_CONFIG);
  return found;
}

const levelsByConfig = new WeakMap<NodeConfig, ConfigLevels>();

/** What the settings that createNodeConfig made are made of, for those who explain them to a client. */
export function levelsOf(config: NodeConfig): ConfigLevels {
  const levels = levelsByConfig.get(config);
  if (levels === undefined) throw new ConfigError('these settings were not made by createNodeConfig');
  return levels;
}

/**
 * The settings of a node: static ones overlaid by dynamic ones of the image, over this broker's defaults. Throws
 * ConfigError for a static setting that cannot be; asking for a name that Kafka does not have is a mistake in the code.
 */
export function createNodeConfig(options: {
  readonly nodeId: number;
  readonly nodes: number;
  readonly statics: ReadonlyMap<string, string>;
  readonly image: () => MetadataImage;
}): NodeConfig {
  staticBrokerConfig(options.statics);
  const id = String(options.nodeId);
  const own: [string, string][] = [
    ['node.id', id],
    ['broker.id', id],
  ];
  const statics = new Map([...own, ...devDefaults(options.nodes), ...options.statics]);
  const levels = { nodeId: options.nodeId, statics };
  let cachedFor: MetadataImage['brokerConfigs'] | null = null;
  const cache = new Map<string, string>();
  const text = (name: string): string => {
    const image = options.image();
    if (image.brokerConfigs !== cachedFor) {
      cache.clear();
      cachedFor = image.brokerConfigs;
    }
    let value = cache.get(name);
    if (value === undefined) {
      if (!ALL.has(name)) throw new ConfigError(unknownName('broker', name, ALL.keys()));
      value = brokerConfigLevels(levels, image, name)[0]?.value ?? '';
      cache.set(name, value);
    }
    return value;
  };
  const config: NodeConfig = {
    string: text,
    number: (name) => Number(text(name)),
    boolean: (name) => text(name).toLowerCase() === 'true',
  };
  levelsByConfig.set(config, levels);
  return config;
}
