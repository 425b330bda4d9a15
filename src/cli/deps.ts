import type { ObserveRequest } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Globals } from './command.ts';

/** What commands need from the rooms below; each is loaded when it is used, and replaced in tests. */
export interface Deps {
  /** Opens a cluster for reading (and for deleting groups). Nothing is sent before the first call. */
  connect(globals: Globals): Promise<Connection>;
  readRecording(path: string): Promise<Snapshot>;
  /** Writes a recording with mode 0600. Refuses to replace a file without `force`. */
  writeRecording(path: string, snapshot: Snapshot, force: boolean): Promise<void>;
  startCluster(options: StartClusterOptions): Promise<EmbeddedCluster>;
  /** Starts an embedded cluster with a named scenario on it. */
  startScenario(name: string, options: StartClusterOptions): Promise<RunningScenario>;
}

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

export interface StartClusterOptions {
  readonly nodes: number;
  /** Of the first node; the others follow. 0 or undefined: any free ports. */
  readonly port?: number;
  readonly host?: string;
  readonly advertise?: string;
  /** Undefined: everything stays in memory. */
  readonly dataDir?: string;
  readonly topics?: readonly {
    readonly name: string;
    readonly partitions: number;
    readonly replicationFactor: number;
  }[];
  readonly config?: Readonly<Record<string, string>>;
  readonly log?: (entry: LogEntry) => void;
}

export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface EmbeddedCluster {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly readyInMs: number;
  close(): Promise<void>;
}

export interface RunningScenario {
  readonly cluster: EmbeddedCluster;
  /** What is going on, in one sentence. */
  readonly story: string;
  /** The group to look at. */
  readonly group: string;
  close(): Promise<void>;
}
