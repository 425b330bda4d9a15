import { CONFIG_TYPE, type ConfigDefinition } from '../config/definition.ts';
import {
  BROKER_DEFINITIONS,
  brokerConfigLevels,
  CONFIG_SOURCE,
  levelsOf,
  type SourcedValue,
} from '../config/node-config.ts';
import { topicConfigLevels, topicConfigText } from '../config/topic-config.ts';
import { TOPIC_DEFINITIONS } from '../config/topic-definitions.ts';
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

/** All settings of the node that this config belongs to. */
export function describeBroker(image: MetadataImage, config: NodeConfig): DescribedConfig[] {
  const levels = levelsOf(config);
  return [...BROKER_DEFINITIONS.values()].map((definition) => {
    const found = brokerConfigLevels(levels, image, definition.name);
    return described(definition, {
      value: found[0]?.value ?? null,
      levels: found,
      readOnly: definition.update === 'read-only',
      documentation: null,
    });
  });
}

/** The dynamic settings that hold for all brokers: only those that are set. */
export function describeClusterDefault(image: MetadataImage): DescribedConfig[] {
  return [...(image.brokerConfigs.get('') ?? [])].flatMap(([name, value]) => {
    const definition = BROKER_DEFINITIONS.get(name);
    if (definition === undefined) return [];
    const levels = [{ name, value, source: CONFIG_SOURCE.DYNAMIC_DEFAULT_BROKER_CONFIG }];
    return [described(definition, { value, levels, readOnly: false, documentation: null })];
  });
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
