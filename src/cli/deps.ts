import type { EmbeddedCluster as Cluster, StartClusterOptions } from '../broker/shell/index.ts';
import type { Recording } from '../cluster/recording.ts';
import type { ObserveRequest } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Globals } from './command.ts';

/** What commands need from the rooms below; each is loaded when it is used, and replaced in tests. */
export interface Deps {
  /** Opens a cluster for reading (and for deleting groups). Nothing is sent before the first call. */
  connect(globals: Globals): Promise<Connection>;
  readRecording(path: string): Promise<Recording>;
  /** Writes a recording with mode 0600. Refuses to replace a file without `force`. */
  writeRecording(path: string, recording: Recording, force: boolean): Promise<void>;
  startCluster(options: StartClusterOptions): Promise<EmbeddedCluster>;
  /** Starts an embedded cluster with a named scenario on it. */
  startScenario(name: string, options: StartClusterOptions): Promise<RunningScenario>;
}

export type { StartClusterOptions };

/** As much of an embedded cluster as commands use. */
export type EmbeddedCluster = Pick<Cluster, 'brokers' | 'readyInMs' | 'close'>;

export interface Connection {
  /** `host:port,…` as given by the caller. */
  readonly name: string;
  observe(request: ObserveRequest): Promise<Snapshot>;
  /** One result per group, in the order given; `error` is Kafka's name of the error, null where the group is gone. */
  deleteGroups(
    groups: readonly string[],
  ): Promise<readonly { readonly group: string; readonly error: string | null }[]>;
  close(): Promise<void>;
}

export interface RunningScenario {
  readonly cluster: EmbeddedCluster;
  /** What is going on, in one sentence. */
  readonly story: string;
  /** The group to look at. */
  readonly group: string;
  /** And the partition, as `topic:partition`. */
  readonly partition: string;
  close(): Promise<void>;
}
