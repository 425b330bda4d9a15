// Loaded for its repair of kafkajs' request queue, which the clients of a scenario need as well.
import '../client/kafkajs-channel.ts';
import { startCluster } from '../broker/shell/index.ts';
import { SCENARIOS, startScenario } from '../lab/index.ts';
import type { EmbeddedCluster, RunningScenario, StartClusterOptions } from './deps.ts';
import { usage } from './failure.ts';
import { didYouMean } from './suggest.ts';

/** Starts the bundled broker, without any clients. */
export function startEmbedded(options: StartClusterOptions): Promise<EmbeddedCluster> {
  return startCluster(options);
}

/** Starts the bundled broker with the clients of a scenario. */
export async function startEmbeddedScenario(name: string, options: StartClusterOptions): Promise<RunningScenario> {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) {
    const names = SCENARIOS.map((each) => each.name);
    throw usage(`--embedded ${name}: not one of ${names.join(', ')}`, didYouMean(name, names));
  }
  return startScenario(scenario, options);
}
