import type { EmbeddedCluster, StartClusterOptions } from '../broker/shell/index.ts';

/** A named incident that real clients make happen on the bundled broker. */
export interface Scenario {
  readonly name: string;
  /** What is going on, in one sentence. */
  readonly story: string;
  /** The group to look at. */
  readonly group: string;
  /** The partition to look at, as `topic:partition`. */
  readonly partition: string;
  /** What the cluster must have before the clients come. */
  readonly cluster: Pick<StartClusterOptions, 'topics' | 'config'>;
  /** Starts the clients; resolves when the incident can be seen. */
  begin(cluster: EmbeddedCluster): Promise<RunningClients>;
}

/** The clients of a scenario, at work until they are stopped. */
export interface RunningClients {
  stop(): Promise<void>;
}
