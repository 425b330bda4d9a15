import { IncrementalAlterConfigs } from '../../protocol/api/index.ts';
import { ConfigOperation, ConfigResourceType } from '../../protocol/config-resource.ts';
import { ErrorCode, errorName } from '../../protocol/errors.ts';
import { type Log, reasonOf } from '../env.ts';
import { configsOf, type FaultEngine, type FaultFilter, type FaultHost, type Injection } from '../fault/index.ts';
import type { NodeRuntime } from '../node-runtime.ts';
import { ask } from './local-client.ts';
import type { Member } from './member.ts';

const TIMEOUT_MS = 30_000;
/** How soon a node whose port is taken tries again. */
const START_AGAIN_MS = 1000;

/** Starts and stops the nodes of this process for the faults. */
export function faultHost(member: (id: number) => Member, isClosing: () => boolean, log: Log): FaultHost {
  const failed = (node: number, what: string, error: unknown): void =>
    log('error', `a fault could not ${what} a node`, { node, reason: reasonOf(error) });
  const start = (id: number): void => {
    if (isClosing()) return;
    member(id)
      .start()
      .then(
        (runtime) => runtime?.whenReady(() => member(id).open(runtime)),
        (error: unknown) => {
          failed(id, 'start', error);
          setTimeout(() => start(id), START_AGAIN_MS).unref();
        },
      );
  };
  return {
    start,
    kill: (id) => {
      member(id)
        .kill()
        .catch((error: unknown) => failed(id, 'kill', error));
    },
    stop: (id, done) => {
      member(id)
        .stop()
        .then(done, (error: unknown) => failed(id, 'stop', error));
    },
  };
}

/** Sets a fault as a client would, and waits until it is in force. Rejects with a RangeError where it cannot be. */
export async function injectFault(
  injection: Injection,
  faults: FaultEngine,
  runtimes: () => readonly NodeRuntime[],
): Promise<void> {
  const configs = configsOf(injection);
  const targets = new Set(configs.map(({ resource }) => resource));
  const able = runtimes().filter(({ node }) => !faults.isFrozen(node.id));
  const runtime = able.find(({ node }) => !targets.has(String(node.id))) ?? able[0];
  if (runtime === undefined) throw new RangeError('no broker can take the fault: all are stopped or frozen');
  const { responses } = await ask(runtime, IncrementalAlterConfigs, 1, {
    resources: configs.map(({ resource, key, value }) => ({
      resourceType: ConfigResourceType.broker,
      resourceName: resource,
      configs: [{ name: key, configOperation: ConfigOperation.set, value }],
    })),
  });
  for (const { errorCode, errorMessage } of responses) {
    if (errorCode !== ErrorCode.NONE) throw new RangeError(errorMessage ?? errorName(errorCode));
  }
  await until(faults, () => configs.every((config) => faults.isInForce(config)), 'the fault did not begin');
}

export async function clearFaults(filter: FaultFilter | undefined, faults: FaultEngine): Promise<void> {
  faults.clear(filter);
  await until(faults, () => faults.isSettled(), 'the faults were ended, but are still in the brokers’ configs');
}

function until(faults: FaultEngine, condition: () => boolean, otherwise: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (condition()) {
      resolve();
      return;
    }
    const forget = faults.onChange(() => {
      if (!condition()) return;
      end();
      resolve();
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error(`${otherwise} within ${TIMEOUT_MS / 1000} s`));
    }, TIMEOUT_MS);
    const end = (): void => {
      forget();
      clearTimeout(timer);
    };
  });
}
