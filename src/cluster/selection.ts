/** Which groups to read. `names` asks their coordinators alone; the others list the groups of every broker. */
export type GroupSelection =
  | 'all'
  | 'none'
  | { readonly names: readonly string[] }
  | { readonly match: (group: string) => boolean };

/** What to collect. Everything that is left out is null or empty in the snapshot, and costs nothing. */
export interface ObserveRequest {
  readonly groups: GroupSelection;
  /**
   * Which topics the snapshot holds: those that the groups have assigned or committed (`referenced`, the default), or
   * every topic of the cluster.
   */
  readonly topics?: 'referenced' | 'all';
  /** Leaves out topics and commits for which it is false. Assignments of members are never cut. */
  readonly filter?: (topic: string, partition: number) => boolean;
  readonly want: Want;
}

export interface Want {
  /** Members, their assignments, and what is only known by describing a group (protocol, epochs). */
  readonly members?: boolean;
  readonly commits?: boolean;
  /** Log start offset and high watermark of every partition. */
  readonly offsets?: boolean;
  readonly lastStable?: boolean;
  /** The leader's log end beyond the high watermark. */
  readonly logEnd?: boolean;
  /** Offset and time of the newest record. The broker may have to read segments for it. */
  readonly maxTimestamp?: boolean;
  /**
   * Time of the record at each committed offset that is behind the high watermark: one small fetch each. A number sets
   * how many records may be read for it: where more would be needed, none is.
   */
  readonly commitTimestamps?: boolean | number;
  /**
   * What replication is judged by: eligible leader replicas, min.insync.replicas, reassignments, fenced brokers, the
   * quorum, the log ends of lagging replicas, and whether every broker answers. Needs `topics: 'all'`.
   */
  readonly replication?: boolean;
  /** Sizes of replicas and log directories on every broker. */
  readonly logDirs?: boolean;
}
