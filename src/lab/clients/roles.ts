/**
 * What a client of a drill does, as data: it is sent to a process of its own. `properties` are those of the file that the
 * drill's reader edits; keys that begin with `drill.` say what the application around the client does.
 */
export interface ProducerRole {
  readonly kind: 'producer';
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly everyMs: number;
  /** Records of each turn, by partition. */
  readonly perPartition?: readonly number[];
  /** Records of each turn, by key: the partitioner places them. `unique` makes each record a key of its own. */
  readonly keyed?: readonly { readonly key: string; readonly records: number }[] | { readonly unique: number };
  readonly valueBytes?: number;
  readonly acks?: -1 | 0 | 1;
}

export interface ConsumerRole {
  readonly kind: 'consumer';
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly group: string;
  readonly topic: string;
  readonly properties: Readonly<Record<string, string>>;
  /** A record that the application never gets past, and which it never gives up. */
  readonly stuckAt?: { readonly partition: number; readonly offset: number };
  /** The process dies when it was given more records than that in one poll, after it processed them. */
  readonly crashAbove?: number;
}

/** Commits for a group without being a member of it: a forgotten job, another tool, an old deployment. */
export interface CommitterRole {
  readonly kind: 'committer';
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly group: string;
  readonly topic: string;
  readonly everyMs: number;
  /** Added to the offset of every partition at each turn. */
  readonly step: number;
}

/** Ends an open transaction from outside, as an operator does: its producer and its coordinator are gone. */
export interface AborterRole {
  readonly kind: 'aborter';
  readonly clientId: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partition: number;
  readonly producerId: number;
}

export type Role = ProducerRole | ConsumerRole | CommitterRole | AborterRole;

/** What a client tells the drill: it is at work; something failed (and it goes on). */
export type Report = { readonly event: 'working' } | { readonly event: 'trouble'; readonly message: string };
