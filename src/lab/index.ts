import { type EmbeddedCluster, type StartClusterOptions, startCluster } from '../broker/shell/index.ts';
import { orderService } from './order-service.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios by name. */
export const SCENARIOS: readonly Scenario[] = [orderService];

export interface RunningScenario {
  readonly cluster: EmbeddedCluster;
  readonly story: string;
  readonly group: string;
  readonly partition: string;
  /** Clients first, then the cluster. */
  close(): Promise<void>;
}

/** Starts a cluster and the clients of a scenario on it. Leaves nothing behind when that fails. */
export async function startScenario(scenario: Scenario, options: StartClusterOptions): Promise<RunningScenario> {
  const { topics = [], config = {} } = scenario.cluster;
  const cluster = await startCluster({ ...options, topics, config: { ...config, ...options.config } });
  try {
    const clients = await scenario.begin(cluster);
    return {
      cluster,
      story: scenario.story,
      group: scenario.group,
      partition: scenario.partition,
      async close() {
        await clients.stop();
        await cluster.close();
      },
    };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}
