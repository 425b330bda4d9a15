import type { EmbeddedCluster, RunningScenario, StartClusterOptions } from './deps.ts';
import { Failure } from './failure.ts';

/** Starts the bundled broker. */
export function startEmbedded(_options: StartClusterOptions): Promise<EmbeddedCluster> {
  return Promise.reject(notBuilt());
}

export function startEmbeddedScenario(_name: string, _options: StartClusterOptions): Promise<RunningScenario> {
  return Promise.reject(notBuilt());
}

function notBuilt(): Failure {
  return new Failure({ name: 'UNSUPPORTED', message: 'this build has no bundled broker', exit: 2 });
}
