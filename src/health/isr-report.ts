import type { Problem } from '../cluster/snapshot.ts';
import type { IsrVerdict } from './isr-verdicts.ts';
import type { Next } from './lag-report.ts';
import type { Phrase } from './phrase.ts';
import type { Severity } from './verdicts.ts';

/** Replication with verdicts, as views and documents are made from it. Partitions by harm, then topic and number. */
export interface IsrReport {
  readonly at: string;
  readonly clusterId: string | null;
  readonly durationMs: number;
  readonly roundTrips: number;
  readonly partitions: readonly IsrPartition[];
  /** What is behind it, as far as it can be seen. */
  readonly causes: readonly Phrase[];
  /** What clients see of it, where that is not what it is called here. */
  readonly symptoms: readonly Phrase[];
  readonly next: readonly Advice[];
  readonly problems: readonly Problem[];
}

/** A command to run, and when. */
export interface Advice {
  readonly when: string;
  readonly next: Next;
}

export interface IsrPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number | null;
  readonly leaderEpoch: number | null;
  readonly replicas: readonly number[];
  /** Rack of each replica, in the same order; null where there is none, or nobody tells. */
  readonly racks: readonly (string | null)[];
  readonly isr: readonly number[];
  /** Eligible leader replicas; null where the cluster does not tell. */
  readonly elr: readonly number[] | null;
  readonly lastKnownElr: readonly number[] | null;
  /** min.insync.replicas as configured, and as the broker applies it: no more than there are replicas. Null: not known. */
  readonly minIsr: number | null;
  readonly effectiveMinIsr: number | null;
  /** The four filters of kafka-topics, by its own rules. Null: min.insync.replicas is not known. */
  readonly underReplicated: boolean;
  readonly underMinIsr: boolean | null;
  readonly atMinIsr: boolean | null;
  readonly offline: boolean;
  readonly reassigning: boolean;
  /** Led by another one than the first replica. */
  readonly unbalanced: boolean;
  readonly adding: readonly number[];
  readonly removing: readonly number[];
  /** Replicas that are not in the ISR, those being added left out. */
  readonly missing: readonly MissingReplica[];
  /** New replicas of a reassignment that are not in the ISR yet. */
  readonly joining: readonly JoiningReplica[];
  /** Of those and of the missing ones that are alive: whose replication is throttled. */
  readonly throttled: readonly number[];
  /** Records in the leader's log beyond the high watermark; null where it does not tell. */
  readonly hidden: number | null;
  /** How long it has been so; null where that cannot be known. */
  readonly since: Since | null;
  readonly verdict: IsrVerdict;
  readonly severity: Severity;
  readonly evidence: Phrase;
}

export interface Since {
  readonly ms: number;
  /** It was so in the oldest sample already. */
  readonly atLeast: boolean;
}

export interface JoiningReplica {
  readonly broker: number;
  /** Records that the leader has and it has not; null where one of them does not tell. */
  readonly behind: number | null;
}

export interface MissingReplica {
  readonly broker: number;
  /** `down`: stopped or fenced. `silent`: in the cluster, and does not answer. `offline`: alive, without the log directory. `behind`: alive. */
  readonly state: 'down' | 'silent' | 'offline' | 'behind';
  /** Records that the leader has and it has not; null where one of them does not tell. */
  readonly behind: number | null;
}
