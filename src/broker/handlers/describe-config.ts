import { CONFIG_TYPE, type ConfigDefinition, define } from '../config/definition.ts';
import {
  BROKER_DEFINITIONS,
  brokerConfigLevels,
  CLUSTER_DEFAULT,
  CONFIG_SOURCE,
  levelsOf,
  type SourcedValue,
} from '../config/node-config.ts';
import { topicConfigLevels, topicConfigText } from '../config/topic-config.ts';
import { TOPIC_DEFINITIONS } from '../config/topic-definitions.ts';
import { type ActiveFault, FAULTS, LIST_OF_FAULTS, valueWithRest } from '../fault/index.ts';
import type { MetadataImage } from '../image.ts';
import type { NodeConfig } from '../node.ts';

/** A setting as DescribeConfigs tells it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[];
  readonly configType: number;
  readonly documentation: string | null;
}

/** All settings of a topic, whether it exists or is about to: `overrides` are its own. */
export function describeTopic(
  overrides: ReadonlyMap<string, string> | undefined,
  image: MetadataImage,
  config: NodeConfig,
): DescribedConfig[] {
  const levels = levelsOf(config);
  return TOPIC_DEFINITIONS.map((definition) =>
    described(definition, {
      value: topicConfigText(overrides, definition.name, config),
      levels: topicConfigLevels(overrides, definition, image, levels),
      readOnly: false,
      documentation: definition.documentation,
    }),
  );
}

/** All settings of the node that this config belongs to, and the faults that are set on it. */
export function describeBroker(
  image: MetadataImage,
  config: NodeConfig,
  faults: readonly ActiveFault[] = [],
): DescribedConfig[] {
  const levels = levelsOf(config);
  const settings = [...BROKER_DEFINITIONS.values()].map((definition) => {
    const found = brokerConfigLevels(levels, image, definition.name);
    return described(definition, {
      value: found[0]?.value ?? null,
      levels: found,
      readOnly: definition.update === 'read-only',
      documentation: null,
    });
  });
  return [...settings, ...describeFaults(faults, String(levels.nodeId)), listOfFaults(faults)];
}

/** The dynamic settings that hold for all brokers: only those that are set. */
export function describeClusterDefault(image: MetadataImage, faults: readonly ActiveFault[]): DescribedConfig[] {
  const settings = [...(image.brokerConfigs.get('') ?? [])].flatMap(([name, value]) => {
    const definition = BROKER_DEFINITIONS.get(name);
    if (definition === undefined) return [];
    const levels = [{ name, value, source: CONFIG_SOURCE.DYNAMIC_DEFAULT_BROKER_CONFIG }];
    return [described(definition, { value, levels, readOnly: false, documentation: null })];
  });
  return [...settings, ...describeFaults(faults, CLUSTER_DEFAULT), listOfFaults(faults)];
}

/** The faults that were set on a broker, or on all, with what remains of each. */
function describeFaults(faults: readonly ActiveFault[], resource: string): DescribedConfig[] {
  const source =
    resource === CLUSTER_DEFAULT ? CONFIG_SOURCE.DYNAMIC_DEFAULT_BROKER_CONFIG : CONFIG_SOURCE.DYNAMIC_BROKER_CONFIG;
  return faults
    .filter((fault) => fault.resource === resource)
    .map((fault) => {
      const definition = define(fault.key, 'string', null, 'cluster-wide');
      const value = valueWithRest(fault);
      const { summary, effect } = FAULTS[fault.fault];
      const levels = [{ name: fault.key, value, source }];
      return described(definition, { value, levels, readOnly: false, documentation: `${summary}. ${effect}` });
    });
}

/**
 * All faults of the cluster in one read-only setting, as JSON, which every broker has: a broker that a fault stopped
 * cannot tell of it. Only given to those who ask for it by name, since Kafka has no such setting.
 */
function listOfFaults(faults: readonly ActiveFault[]): DescribedConfig {
  const value = JSON.stringify(faults);
  const levels = [{ name: LIST_OF_FAULTS, value, source: CONFIG_SOURCE.DYNAMIC_DEFAULT_BROKER_CONFIG }];
  const definition = define(LIST_OF_FAULTS, 'string', null, 'read-only');
  return described(definition, { value, levels, readOnly: true, documentation: 'Faults that are injected, as JSON.' });
}

function described(
  definition: ConfigDefinition,
  found: {
    readonly value: string | null;
    readonly levels: readonly SourcedValue[];
    readonly readOnly: boolean;
    readonly documentation: string | null;
  },
): DescribedConfig {
  const isSensitive = definition.type === 'password';
  return {
    name: definition.name,
    value: isSensitive ? null : found.value,
    readOnly: found.readOnly,
    configSource: found.levels[0]?.source ?? CONFIG_SOURCE.DEFAULT_CONFIG,
    isSensitive,
    synonyms: found.levels.map((level) => (isSensitive ? { ...level, value: null } : level)),
    configType: CONFIG_TYPE[definition.type],
    documentation: found.documentation,
  };
}
