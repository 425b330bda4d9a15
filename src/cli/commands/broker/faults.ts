import * as z from 'zod';
import { LIST_OF_FAULTS } from '../../../broker/fault/vocabulary.ts';
import type { ClusterClient } from '../../../client/cluster-client.ts';
import { DescribeConfigs, IncrementalAlterConfigs } from '../../../protocol/api/index.ts';
import { ErrorCode, errorName } from '../../../protocol/errors.ts';
import { Failure } from '../../failure.ts';
import { type InjectedFault, injectedFaultSchema } from './faults-document.ts';

const BROKER = 4;
const ALL_BROKERS = '';
const SET = 0;
const DELETE = 1;

/** As the broker lists them (see src/broker/fault/engine.ts). */
const listSchema = z.array(
  z.object({
    key: z.string(),
    fault: z.string(),
    label: z.string().nullable(),
    resource: z.string(),
    on: z.array(z.number()),
    value: z.string(),
    leftMs: z.number().nullable(),
  }),
);

/** The faults that are injected into a cluster, as any of its brokers tells; null: it is not kmedic's broker. Rejects with a ClientError. */
export async function readFaults(client: ClusterClient): Promise<readonly InjectedFault[] | null> {
  const resources = [{ resourceType: BROKER, resourceName: ALL_BROKERS, configurationKeys: [LIST_OF_FAULTS] }];
  const { body } = await client.call('any', DescribeConfigs, { resources });
  const listed = body.results[0]?.configs.find(({ name }) => name === LIST_OF_FAULTS)?.value;
  if (listed === undefined || listed === null) return null;
  return listSchema.parse(JSON.parse(listed)).map(({ key, fault, label, resource, on, value, leftMs }) =>
    injectedFaultSchema.parse({
      fault,
      label,
      brokers: on,
      value,
      remainingMs: leftMs,
      config: { broker: resource, name: key },
    }),
  );
}

/** The same, where faults are what the command is about: a real Kafka is refused. */
export async function requireFaults(client: ClusterClient): Promise<readonly InjectedFault[]> {
  const faults = await readFaults(client);
  if (faults !== null) return faults;
  throw new Failure({
    name: 'NOT_KMEDICS_BROKER',
    message: 'this is not kmedic’s broker: faults can only be injected into one, and nothing was changed',
    advice: 'Start one with: kmedic broker start',
    scope: 'cluster',
    exit: 4,
  });
}

export interface ConfigChange {
  /** A broker's id, or `''` for all. */
  readonly broker: string;
  readonly name: string;
  /** Null removes it. */
  readonly value: string | null;
}

/** Sets and removes faults. Throws a Failure with the broker's own words where it refuses. */
export async function changeFaults(client: ClusterClient, changes: readonly ConfigChange[]): Promise<void> {
  const byBroker = new Map<string, ConfigChange[]>();
  for (const change of changes) byBroker.set(change.broker, [...(byBroker.get(change.broker) ?? []), change]);
  const resources = [...byBroker].map(([resourceName, own]) => ({
    resourceType: BROKER,
    resourceName,
    configs: own.map(({ name, value }) => ({ name, configOperation: value === null ? DELETE : SET, value })),
  }));
  const { body } = await client.call('any', IncrementalAlterConfigs, { resources });
  for (const { resourceName, errorCode, errorMessage } of body.responses) {
    if (errorCode === ErrorCode.NONE) continue;
    const isWrong = errorCode === ErrorCode.INVALID_CONFIG || errorCode === ErrorCode.INVALID_REQUEST;
    throw new Failure({
      name: errorName(errorCode),
      message: errorMessage ?? errorName(errorCode),
      advice: isWrong ? 'Every fault and its parameters: kmedic broker fault --help' : null,
      scope: resourceName === ALL_BROKERS ? 'all brokers' : `broker ${resourceName}`,
      exit: isWrong ? 2 : 1,
    });
  }
}
