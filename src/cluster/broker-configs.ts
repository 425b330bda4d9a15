import type { ClusterClient, Target } from '../client/cluster-client.ts';
import { DescribeConfigs, IncrementalAlterConfigs } from '../protocol/api/index.ts';
import { ConfigOperation, ConfigResourceType } from '../protocol/config-resource.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { groupBy } from './group-by.ts';

/** The name of the resource that stands for all brokers. */
export const ALL_BROKERS = '';

/** A setting that holds for all brokers, as one of them tells it; null where there is none of that name. Rejects with a ClientError. */
export async function readClusterDefault(
  client: ClusterClient,
  name: string,
  target: Target = 'any',
): Promise<string | null> {
  const resources = [{ resourceType: ConfigResourceType.broker, resourceName: ALL_BROKERS, configurationKeys: [name] }];
  const { body } = await client.call(target, DescribeConfigs, { resources });
  return body.results[0]?.configs.find((config) => config.name === name)?.value ?? null;
}

export interface BrokerConfigChange {
  /** A broker's id, or ALL_BROKERS. */
  readonly broker: string;
  readonly name: string;
  /** Null removes it. */
  readonly value: string | null;
}

export interface RefusedChange {
  readonly broker: string;
  /** Kafka's name of the error. */
  readonly error: string;
  readonly message: string;
}

/** Sets and removes dynamic broker configs; the changes of one broker all or none. Returns what was refused. Rejects with a ClientError. */
export async function changeBrokerConfigs(
  client: ClusterClient,
  changes: readonly BrokerConfigChange[],
): Promise<readonly RefusedChange[]> {
  const byBroker = groupBy(changes, ({ broker }) => broker);
  const resources = [...byBroker].map(([resourceName, own]) => ({
    resourceType: ConfigResourceType.broker,
    resourceName,
    configs: own.map(({ name, value }) => ({
      name,
      configOperation: value === null ? ConfigOperation.delete : ConfigOperation.set,
      value,
    })),
  }));
  const { body } = await client.call('any', IncrementalAlterConfigs, { resources });
  return body.responses
    .filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
    .map(({ resourceName, errorCode, errorMessage }) => ({
      broker: resourceName,
      error: errorName(errorCode),
      message: errorMessage ?? errorName(errorCode),
    }));
}
