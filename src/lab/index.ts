import { type EmbeddedCluster, type StartClusterOptions, startCluster } from '../broker/shell/index.ts';
import { orderService } from './order-service.ts';

export interface RunningDemo {
  readonly cluster: EmbeddedCluster;
  readonly story: string;
  readonly group: string;
  readonly partition: string;
  /** Clients first, then the cluster. */
  close(): Promise<void>;
}

/** Starts a cluster and the order service on it. Leaves nothing behind when that fails. */
export async function startDemo(options: StartClusterOptions): Promise<RunningDemo> {
  const { topics = [], config = {} } = orderService.cluster;
  const cluster = await startCluster({ ...options, topics, config: { ...config, ...options.config } });
  try {
    const clients = await orderService.begin(cluster);
    return {
      cluster,
      story: orderService.story,
      group: orderService.group,
      partition: orderService.partition,
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
