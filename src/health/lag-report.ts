import type { Broker, Group, Problem } from '../cluster/snapshot.ts';
import type { Phrase } from './phrase.ts';
import type { Isolation, Trend } from './samples.ts';
import type { TimeLagSource } from './time-lag.ts';
import type { Confidence, Severity, Verdict } from './verdicts.ts';

/** Lag with verdicts, as views and documents are made from it. Groups by name, partitions by topic and number. */
export interface LagReport {
  readonly at: string;
  readonly clusterId: string | null;
  readonly brokers: readonly Broker[];
  readonly durationMs: number;
  readonly roundTrips: number;
  readonly isolation: Isolation;
  /** How many samples were compared (1 = nothing to compare with), and the time between the first and the last. */
  readonly samples: number;
  readonly windowMs: number;
  readonly groups: readonly GroupLag[];
  readonly totals: Totals;
  readonly problems: readonly Problem[];
}

export interface Totals {
  readonly groups: number;
  readonly partitions: number;
  /** Sum over the partitions whose lag is known; a commit beyond the end counts as 0. */
  readonly lag: number;
  /** Partitions whose lag is not known. */
  readonly unknown: number;
  /** Records beyond a high watermark, in partitions where the broker tells (0 where it tells of none). */
  readonly hidden: number;
}

export interface GroupLag {
  readonly group: string;
  readonly type: Group['type'];
  readonly state: string | null;
  readonly coordinator: number | null;
  readonly protocol: string | null;
  readonly members: number;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly lag: number;
  readonly unknown: number;
  /** Age of the oldest unread record over all partitions; null as soon as one of them does not tell. */
  readonly timeLagMs: number | null;
  /** Sum over the partitions that are compared; null with one sample. */
  readonly lagPerSecond: number | null;
  /** Time until lag is 0 at this rate; null where it does not shrink. */
  readonly etaMs: number | null;
  readonly partitions: readonly PartitionLag[];
  readonly findings: readonly Finding[];
  readonly problem: Problem | null;
}

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number | null;
  readonly start: number | null;
  readonly end: number | null;
  /** Records between the high watermark and the leader's log end; null where the broker does not tell. */
  readonly hidden: number | null;
  readonly lag: number | null;
  readonly timeLagMs: number | null;
  readonly timeLagSource: TimeLagSource | null;
  readonly leader: number | null;
  /** How many members own it: several in a share group. Who it is, only where there is exactly one. */
  readonly owners: number;
  readonly member: string | null;
  readonly clientId: string | null;
  readonly host: string | null;
  readonly verdict: Verdict;
  readonly confidence: Confidence;
  readonly evidence: Phrase | null;
  readonly trend: Trend | null;
  readonly error: string | null;
}

/** One thing that is wrong with a group: the partitions that share a verdict. */
export interface Finding {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly group: string;
  readonly partitions: readonly { readonly topic: string; readonly partition: number; readonly evidence: Phrase }[];
  /** The kmedic command to run next; null where there is none. */
  readonly next: Next | null;
}

/** A command of kmedic, taken apart so that a caller can add how the cluster is reached, and quote what a stranger named. */
export interface Next {
  readonly command: readonly string[];
  /** The group that it is about. */
  readonly subject: string | null;
  readonly options: readonly string[];
  /** Arguments behind the subject. */
  readonly more?: readonly string[];
  /** What to run where there is only a recording, which can neither be sampled twice nor watched. */
  readonly offline?: { readonly command: readonly string[]; readonly options: readonly string[] };
}
