import * as z from 'zod';
import { LIST_OF_FAULTS } from '../../../broker/fault/vocabulary.ts';
import type { ClusterClient, Target } from '../../../client/cluster-client.ts';
import {
  ALL_BROKERS,
  type BrokerConfigChange,
  changeBrokerConfigs,
  readClusterDefault,
} from '../../../cluster/broker-configs.ts';
import { Failure } from '../../failure.ts';
import type { Io } from '../../io.ts';
import { type InjectedFault, injectedFaultSchema } from './faults-document.ts';

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

/** The faults that are injected into a cluster, as one of its brokers tells; null: it is not kmedic's broker. Rejects with a ClientError. */
export async function readFaults(
  client: ClusterClient,
  target: Target = 'any',
): Promise<readonly InjectedFault[] | null> {
  const listed = await readClusterDefault(client, LIST_OF_FAULTS, target);
  if (listed === null) return null;
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
export async function requireFaults(client: ClusterClient, target: Target = 'any'): Promise<readonly InjectedFault[]> {
  const faults = await readFaults(client, target);
  if (faults !== null) return faults;
  throw new Failure({
    name: 'NOT_KMEDICS_BROKER',
    message: 'this is not kmedic’s broker: faults can only be injected into one, and nothing was changed',
    advice: 'Start one with: kmedic broker start',
    scope: 'cluster',
    exit: 4,
  });
}

/** How long faults may take to end, and how often it is looked. */
const LOOKS = 50;
const PAUSE_MS = 100;

/** Waits until none of the faults that are meant is left; returns what is. After five seconds it is given up. */
export async function whenOver(
  client: ClusterClient,
  io: Pick<Io, 'sleep'>,
  isMeant: (fault: InjectedFault) => boolean,
  target: Target = 'any',
): Promise<readonly InjectedFault[]> {
  let left = await requireFaults(client, target);
  for (let look = 0; look < LOOKS && left.some(isMeant); look++) {
    await io.sleep(PAUSE_MS);
    left = await requireFaults(client, target);
  }
  return left;
}

/** The errors of a call that was wrong, as opposed to one that did not work. */
const WRONG: ReadonlySet<string> = new Set(['INVALID_CONFIG', 'INVALID_REQUEST']);

/** Sets and removes faults. Throws a Failure with the broker's own words where it refuses. */
export async function changeFaults(client: ClusterClient, changes: readonly BrokerConfigChange[]): Promise<void> {
  const [refused] = await changeBrokerConfigs(client, changes);
  if (refused === undefined) return;
  const isWrong = WRONG.has(refused.error);
  throw new Failure({
    name: refused.error,
    message: refused.message,
    advice: isWrong ? 'Every fault and its parameters: kmedic broker fault --help' : null,
    scope: refused.broker === ALL_BROKERS ? 'all brokers' : `broker ${refused.broker}`,
    exit: isWrong ? 2 : 1,
  });
}
