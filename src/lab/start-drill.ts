import { type EmbeddedCluster, type StartClusterOptions, startCluster } from '../broker/shell/index.ts';
import { ClusterClient } from '../client/cluster-client.ts';
import { openKafkajsChannel } from '../client/kafkajs-channel.ts';
import { observe } from '../cluster/observe.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import { Deployment } from './deployment.ts';
import type { Drill, View } from './drill.ts';

/** A frozen broker must not hold up the view of the others. */
const LOOK_TIMEOUT_MS = 2_000;
/** Making an incident may take as long as a busy machine needs. */
const MAKE_TIMEOUT_MS = 15_000;
const EVERY_MS = 1_000;
/** Samples that a view remembers. */
const REMEMBERED = 15;
/** A repair that holds for so many samples is one. */
const STEADY_SAMPLES = 4;
const VISIBLE_WITHIN_MS = 90_000;

export interface RunningDrill {
  readonly cluster: EmbeddedCluster;
  readonly deployment: Deployment;
  /** Resolves to true when the incident is over, and to false when `signal` aborts before. */
  repaired(signal: AbortSignal): Promise<boolean>;
  /** Clients first, then the cluster. */
  close(): Promise<void>;
}

/**
 * Starts a drill; resolves when its incident can be seen from outside. Rejects, and leaves nothing behind, where that does
 * not happen or `signal` aborts before.
 */
export async function startDrill(
  drill: Drill,
  options: StartClusterOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningDrill> {
  const { topics = [], config = {} } = drill.cluster;
  const cluster = await startCluster({ ...options, topics, config: { ...config, ...options.config } });
  const client = clientOf(cluster, MAKE_TIMEOUT_MS);
  const looking = clientOf(cluster, LOOK_TIMEOUT_MS);
  const brokers = cluster.brokers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const stage = { cluster, brokers, client };
  const deployment = new Deployment(stage, drill.deployment);
  const close = async (): Promise<void> => {
    await deployment.stop();
    client.close();
    looking.close();
    await cluster.close();
  };
  const watched = new Watched(looking, deployment, cluster);
  try {
    const tooLate = performance.now() + VISIBLE_WITHIN_MS;
    await drill.begin(stage);
    await deployment.begin(VISIBLE_WITHIN_MS);
    const shows = (view: View): boolean => drill.visible(view) || performance.now() > tooLate;
    if (!(await watched.until(shows, 1, signal)) || performance.now() > tooLate) {
      const why = `did not show within ${VISIBLE_WITHIN_MS / 1000} s`;
      throw new Error(signal.aborted ? 'interrupted' : `the incident of the drill ${drill.name} ${why}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    cluster,
    deployment,
    repaired: (ended) => watched.until((view) => !drill.visible(view) && drill.repaired(view), STEADY_SAMPLES, ended),
    close,
  };
}

/** Looks at the cluster about once a second. */
class Watched {
  readonly #client: ClusterClient;
  readonly #deployment: Deployment;
  readonly #cluster: EmbeddedCluster;
  readonly #samples: Snapshot[] = [];

  constructor(client: ClusterClient, deployment: Deployment, cluster: EmbeddedCluster) {
    this.#client = client;
    this.#deployment = deployment;
    this.#cluster = cluster;
  }

  /** Resolves to true when the condition held for so many looks in a row, to false when the signal aborts before. */
  async until(condition: (view: View) => boolean, times: number, signal: AbortSignal): Promise<boolean> {
    for (let held = 0; !signal.aborted; ) {
      const view = await this.#look();
      held = condition(view) ? held + 1 : 0;
      if (held >= times) return true;
      await pause(EVERY_MS, signal);
    }
    return false;
  }

  async #look(): Promise<View> {
    const want = { members: true, commits: true, offsets: true, lastStable: true, replication: true, logDirs: true };
    const [latest, settings] = await Promise.all([
      observe(this.#client, { groups: 'all', topics: 'all', want }),
      this.#deployment.inForce(),
    ]);
    this.#samples.push(latest);
    if (this.#samples.length > REMEMBERED) this.#samples.shift();
    const [first = latest, ...rest] = this.#samples;
    return {
      samples: [first, ...rest],
      latest,
      settings: (file) => settings.get(file) ?? {},
      faults: this.#cluster.faults().map(({ fault }) => fault),
    };
  }
}

function clientOf(cluster: EmbeddedCluster, timeoutMs: number): ClusterClient {
  const settings = { clientId: 'kmedic-drill', connectTimeoutMs: timeoutMs, requestTimeoutMs: timeoutMs };
  return new ClusterClient({ ...settings, bootstrap: cluster.brokers, tls: null, sasl: null }, openKafkajsChannel);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
