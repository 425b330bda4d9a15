// Loaded for its repair of kafkajs' request queue, which the clients of a scenario need as well.
import '../client/kafkajs-channel.ts';
import { startCluster } from '../broker/shell/index.ts';
import { openWorkplace } from '../lab/deployment.ts';
import type { Drill } from '../lab/drill.ts';
import { DRILLS } from '../lab/drills/index.ts';
import { startDemo } from '../lab/index.ts';
import { startDrill } from '../lab/start-drill.ts';
import type { EmbeddedCluster, RunningDrill, RunningIncident, RunningScenario, StartClusterOptions } from './deps.ts';
import { usage } from './failure.ts';
import { didYouMean } from './suggest.ts';

/** Starts the bundled broker, without any clients. */
export function startEmbedded(options: StartClusterOptions): Promise<EmbeddedCluster> {
  return startCluster(options);
}

/** Starts the bundled broker with the clients of the demonstration. */
export function startEmbeddedDemo(options: StartClusterOptions): Promise<RunningScenario> {
  return startDemo(options);
}

/** Starts the bundled broker with the clients of the demonstration, or with a drill's incident. */
export function startEmbeddedScenario(name: string, options: StartClusterOptions): Promise<RunningIncident> {
  if (name === DEMO) return startDemo(options);
  return startDrill(drillOf(name, '--embedded', [DEMO]), options);
}

/** Starts a drill, and keeps its deployment as files that the person at work may change. */
export async function startEmbeddedDrill(
  name: string,
  options: StartClusterOptions,
  signal: AbortSignal,
  tell: (sentence: string) => void,
): Promise<RunningDrill> {
  const drill = drillOf(name, 'drill', []);
  const running = await startDrill(drill, options, signal);
  const files = running.deployment.files;
  const workplace = files.length === 0 ? null : openWorkplace(drill.name, running.deployment, tell);
  return {
    drill,
    cluster: running.cluster,
    directory: workplace?.directory ?? null,
    files,
    repaired: (ended) => running.repaired(ended),
    close: async () => {
      workplace?.close();
      await running.close();
    },
  };
}

const DEMO = 'demo';

function drillOf(name: string, where: string, others: readonly string[]): Drill {
  const drill = DRILLS.find((each) => each.name === name);
  if (drill !== undefined) return drill;
  const names = [...others, ...DRILLS.map((each) => each.name)];
  throw usage(`${where} ${name}: not one of ${names.join(', ')}`, didYouMean(name, names));
}
