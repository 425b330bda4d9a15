import type { EmbeddedCluster, StartClusterOptions } from '../broker/shell/index.ts';
import type { ClusterClient } from '../client/cluster-client.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Role } from './clients/roles.ts';

/**
 * A practice incident: what the pager says, what really happens, and how the repair is noticed. It is made by real clients
 * in processes of their own and by faults of the bundled broker, and it lasts until somebody repairs it.
 */
export interface Drill {
  readonly name: string;
  /** What it is about, for a list; does not tell the cause. */
  readonly title: string;
  /** What the pager says: a symptom, as somebody who does not know Kafka would see it. */
  readonly page: string;
  /** One at a time, on request; the last one tells the repair. */
  readonly hints: readonly string[];
  /** What it was, told at the end. */
  readonly cause: string;
  readonly cluster: Pick<StartClusterOptions, 'topics' | 'config'>;
  /** Files that the person at work may change: saving one deploys it. By name. */
  readonly deployment: Readonly<Record<string, Deployed>>;
  /** What happened before the clients came, and the faults. */
  readonly begin: (stage: Stage) => Promise<void>;
  /** Whether the incident can be seen from outside. */
  readonly visible: (view: View) => boolean;
  /** Whether it is over. Must hold for a few seconds. */
  readonly repaired: (view: View) => boolean;
  /**
   * What a diagnosis must find from evidence alone, and which questions it must ask a person; ids of leaves and questions.
   * `tree`: the one that the pager's symptom leads to, where nothing that can be measured does.
   */
  readonly expects: { readonly leaves: readonly string[]; readonly asks: readonly string[]; readonly tree?: string };
}

/** A file of the deployment: the settings of clients, or the configuration of a topic. */
export type Deployed =
  | {
      readonly text: string;
      /** The clients that run with these settings. */
      readonly clients: (settings: Settings, brokers: readonly string[]) => readonly Role[];
    }
  | { readonly text: string; readonly topic: string };

export type Settings = Readonly<Record<string, string>>;

/** The place where a drill happens. */
export interface Stage {
  readonly cluster: EmbeddedCluster;
  /** `host:port` of every broker. */
  readonly brokers: readonly string[];
  readonly client: ClusterClient;
}

/** What can be seen of a drill: snapshots, oldest first, about a second apart, the newest last; and what is deployed. */
export interface View {
  readonly samples: readonly [Snapshot, ...Snapshot[]];
  readonly latest: Snapshot;
  /** Of a file of the deployment, as they are in force. */
  readonly settings: (file: string) => Settings;
  /** Names of the faults that are in force. */
  readonly faults: readonly string[];
}
