import { ConfigOperation, ConfigResourceType } from '../../protocol/config-resource.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { listItems } from '../config/definition.ts';
import { BROKER_DEFINITIONS, CLUSTER_DEFAULT, FAULT_PREFIX, invalidBrokerConfig } from '../config/node-config.ts';
import { invalidTopicConfigs, topicDefinition } from '../config/topic-config.ts';
import { impossibleFault } from '../fault/possible.ts';
import type { MetadataImage } from '../image.ts';
import { type PendingRecord, pending } from '../metadata/record.ts';
import { ELR_FEATURE } from './decision.ts';
import { type Refusal, refuse } from './topics.ts';

export interface ConfigChange {
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
}

export interface ConfigResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

type Overrides = ReadonlyMap<string, string>;

/** Decides on one resource of IncrementalAlterConfigs: all of its changes, or none. */
export function alterConfigs(
  image: MetadataImage,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
): readonly PendingRecord[] | Refusal {
  const current = overridesOf(image, resource);
  if ('errorCode' in current) return current;
  const names = new Set(changes.map((change) => change.name));
  if (names.size !== changes.length) return refuse(ErrorCode.INVALID_REQUEST, 'Error due to duplicate config keys');
  const next = new Map(current);
  for (const change of changes) {
    const refusal = applyChange(next, resource, change);
    if (refusal !== null) return refusal;
  }
  return replaceConfigs(image, resource, current, next, names);
}

/** Decides on one resource of AlterConfigs, which replaces all that was set before. */
export function setConfigs(
  image: MetadataImage,
  resource: ConfigResource,
  configs: readonly { readonly name: string; readonly value: string | null }[],
): readonly PendingRecord[] | Refusal {
  const current = overridesOf(image, resource);
  if ('errorCode' in current) return current;
  const next = new Map<string, string>();
  for (const { name, value } of configs) {
    if (value === null) return refuse(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${name}`);
    next.set(name, value);
  }
  return replaceConfigs(image, resource, current, next, new Set([...current.keys(), ...next.keys()]));
}

function overridesOf(image: MetadataImage, resource: ConfigResource): Overrides | Refusal {
  const { resourceType, resourceName } = resource;
  if (resourceType === ConfigResourceType.topic) {
    if (!image.topics.has(resourceName)) {
      return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${resourceName}' does not exist.`);
    }
    return image.topicConfigs.get(resourceName) ?? new Map();
  }
  if (resourceType === ConfigResourceType.broker) {
    if (resourceName !== CLUSTER_DEFAULT && !image.brokers.has(Number(resourceName))) {
      const ids = [...image.brokers.keys()].sort((a, b) => a - b).join(', ');
      return refuse(ErrorCode.INVALID_REQUEST, `No broker with id ${resourceName} found. There are ${ids}.`);
    }
    return image.brokerConfigs.get(resourceName) ?? new Map();
  }
  return refuse(ErrorCode.INVALID_REQUEST, `Resource type ${resourceType} has no settings on this broker.`);
}

/** Applies one operation to the overrides; why it cannot be, otherwise. */
function applyChange(next: Map<string, string>, resource: ConfigResource, change: ConfigChange): Refusal | null {
  const { name, operation, value } = change;
  if (operation === ConfigOperation.delete) {
    next.delete(name);
    return null;
  }
  if (value === null) return refuse(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${name}`);
  if (operation === ConfigOperation.set) {
    next.set(name, value);
    return null;
  }
  const isAppend = operation === ConfigOperation.append;
  if (!isAppend && operation !== ConfigOperation.subtract) {
    return refuse(ErrorCode.INVALID_REQUEST, `Unknown config operation ${operation}`);
  }
  const definition =
    resource.resourceType === ConfigResourceType.topic ? topicDefinition(name) : BROKER_DEFINITIONS.get(name);
  if (name.startsWith(FAULT_PREFIX) || (definition !== undefined && definition.type !== 'list')) {
    const verb = isAppend ? 'APPEND to' : 'SUBTRACT from';
    return refuse(ErrorCode.INVALID_CONFIG, `Can't ${verb} key ${name} because its type is not LIST.`);
  }
  const items = listItems(next.get(name) ?? definition?.default ?? '');
  const changed = listItems(value);
  const result = isAppend
    ? [...items, ...changed.filter((item) => !items.includes(item))]
    : items.filter((item) => !changed.includes(item));
  next.set(name, result.join(','));
  return null;
}

/** The records that lead from one set of overrides to another, once the new set was found valid. */
function replaceConfigs(
  image: MetadataImage,
  resource: ConfigResource,
  current: Overrides,
  next: Overrides,
  touched: ReadonlySet<string>,
): readonly PendingRecord[] | Refusal {
  const refusal =
    resource.resourceType === ConfigResourceType.topic
      ? invalidTopic(next, touched)
      : invalidBroker(image, resource.resourceName, next, touched);
  if (refusal !== null) return refusal;
  return [...touched]
    .filter((name) => current.get(name) !== next.get(name))
    .map((name) => pending('ConfigRecord', { ...resource, name, value: next.get(name) ?? null }));
}

function invalidTopic(next: Overrides, touched: ReadonlySet<string>): Refusal | null {
  // A name that is only deleted need not be known: that is how stale settings are got rid of.
  const reason = invalidTopicConfigs(new Map([...next].filter(([name]) => touched.has(name) || topicDefinition(name))));
  return reason === null ? null : refuse(ErrorCode.INVALID_CONFIG, reason);
}

const MIN_ISR = 'min.insync.replicas';

function invalidBroker(
  image: MetadataImage,
  broker: string,
  next: Overrides,
  touched: ReadonlySet<string>,
): Refusal | null {
  for (const name of touched) {
    const value = next.get(name);
    if (name.startsWith(FAULT_PREFIX)) {
      const impossible = value === undefined ? null : impossibleFault(image, name, value, broker);
      if (impossible !== null) return refuse(ErrorCode.INVALID_CONFIG, impossible);
      continue;
    }
    const definition = BROKER_DEFINITIONS.get(name);
    if (name === MIN_ISR && (image.features.get(ELR_FEATURE) ?? 0) >= 1) {
      const refusal = invalidMinIsr(broker, value);
      if (refusal !== null) return refusal;
    }
    if (value === undefined) continue;
    const reason = invalidBrokerConfig(name, value);
    if (reason !== null) {
      const code = definition === undefined ? ErrorCode.INVALID_CONFIG : ErrorCode.INVALID_REQUEST;
      return refuse(code, reason);
    }
    if (definition?.update === 'read-only') {
      return refuse(ErrorCode.INVALID_REQUEST, `Cannot update these configs dynamically: [${name}]`);
    }
    if (definition?.update === 'per-broker' && broker === CLUSTER_DEFAULT) {
      return refuse(ErrorCode.INVALID_REQUEST, `Cannot update these configs at the cluster level: [${name}]`);
    }
  }
  return null;
}

/** With ELR on, which replicas are eligible depends on one min.insync.replicas for all brokers. */
function invalidMinIsr(broker: string, value: string | undefined): Refusal | null {
  if (broker !== CLUSTER_DEFAULT && value !== undefined) {
    return refuse(ErrorCode.INVALID_CONFIG, 'Broker-level min.insync.replicas cannot be altered while ELR is enabled.');
  }
  if (broker === CLUSTER_DEFAULT && value === undefined) {
    return refuse(
      ErrorCode.INVALID_CONFIG,
      'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    );
  }
  return null;
}
