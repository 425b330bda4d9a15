import type { EmbeddedCluster as Cluster, StartClusterOptions } from '../broker/shell/index.ts';
import type { RecordRequest, RecordWorld } from '../cluster/record.ts';
import type { Recording } from '../cluster/recording.ts';
import type { ObserveRequest } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Knowledge } from '../diagnose/walk.ts';
import type { Drill } from '../lab/drill.ts';
import type { Globals } from './command.ts';

/** What commands need from the rooms below; each is loaded when it is used, and replaced in tests. */
export interface Deps {
  /** Opens a cluster for reading (and for deleting groups). Nothing is sent before the first call. */
  connect(globals: Globals): Promise<Connection>;
  readRecording(path: string): Promise<Recording>;
  /** Writes a recording with mode 0600, and gives its size in bytes. Refuses to replace a file without `force`. */
  writeRecording(path: string, recording: Recording, force: boolean): Promise<number>;
  /** The trees and probes of this build. */
  knowledge(): Promise<Knowledge>;
  startCluster(options: StartClusterOptions): Promise<EmbeddedCluster>;
  /** Starts an embedded cluster with a named incident on it: the demonstration, or a drill. */
  startScenario(name: string, options: StartClusterOptions): Promise<RunningIncident>;
  startDemo(options: StartClusterOptions): Promise<RunningScenario>;
  /** Starts a practice incident; resolves when it can be seen from outside. */
  startDrill(
    name: string,
    options: StartClusterOptions,
    signal: AbortSignal,
    /** Hears of each deployment, a sentence each. */
    tell: (sentence: string) => void,
  ): Promise<RunningDrill>;
}

export type { StartClusterOptions };

/** As much of an embedded cluster as commands use. */
export type EmbeddedCluster = Pick<Cluster, 'brokers' | 'readyInMs' | 'close'>;

export interface Connection {
  /** `host:port,…` as given by the caller. */
  readonly name: string;
  observe(request: ObserveRequest): Promise<Snapshot>;
  /** Samples over a while, and what a diagnosis needs beside them; null when it was stopped before the first sample. */
  record(request: RecordRequest, world: RecordWorld): Promise<Recording | null>;
  /** One result per group, in the order given; `error` is Kafka's name of the error, null where the group is gone. */
  deleteGroups(
    groups: readonly string[],
  ): Promise<readonly { readonly group: string; readonly error: string | null }[]>;
  close(): Promise<void>;
}

export interface RunningIncident {
  readonly cluster: EmbeddedCluster;
  close(): Promise<void>;
}

export interface RunningScenario extends RunningIncident {
  /** What is going on, in one sentence. */
  readonly story: string;
  /** The group to look at. */
  readonly group: string;
  /** And the partition, as `topic:partition`. */
  readonly partition: string;
}

export interface RunningDrill extends RunningIncident {
  readonly drill: Drill;
  /** Where the files lie that the person at work may change: saving one deploys it. Null where there are none. */
  readonly directory: string | null;
  readonly files: readonly string[];
  /** Resolves to true when the incident is over, and to false when `signal` aborts before. */
  repaired(signal: AbortSignal): Promise<boolean>;
}
