import * as z from 'zod';
import { problemSchema } from './snapshot.ts';

/**
 * What `__consumer_offsets` tells of a group, read record by record. Compaction takes older records of the same key away,
 * but never those of the active segment: what is here happened, and what is missing before `fromMs` may have happened.
 * All times are ms since 1970, as the coordinator stamped its records.
 */

export const historyMemberSchema = z.object({
  memberId: z.string(),
  instanceId: z.string().nullable(),
  clientId: z.string(),
  /** Without Java's leading slash. */
  host: z.string(),
  /** Durations in ms. The Java consumer sends its max.poll.interval.ms as the rebalance timeout. Null: not told. */
  rebalanceTimeoutMs: z.number().nullable(),
  sessionTimeoutMs: z.number().nullable(),
  /** Partitions that it was assigned; null where its protocol is not the consumers', or the record does not tell. */
  partitions: z.int().nullable(),
});
export type HistoryMember = z.infer<typeof historyMemberSchema>;

/** A generation of a classic group, or an epoch of the newer types. */
export const generationSchema = z.object({
  generation: z.int(),
  atMs: z.number(),
  /** Assignor; null while the group is empty, and for the newer types. */
  protocol: z.string().nullable(),
  /** Member id; null where there is none. */
  leader: z.string().nullable(),
  /** As they were in this generation, sorted by member id. Empty: the group became empty. */
  members: z.array(historyMemberSchema),
  /** Members that are new in it or gone since the one before: by instance id where they have one, else by member id. */
  joined: z.int(),
  left: z.int(),
});
export type Generation = z.infer<typeof generationSchema>;

export const commitHistorySchema = z.object({
  topic: z.string(),
  partition: z.int(),
  /** Commits that were seen in all; `newest` holds the last of them, oldest first. */
  commits: z.int(),
  /** Null where only a removal was seen. */
  firstAtMs: z.number().nullable(),
  lastAtMs: z.number().nullable(),
  firstOffset: z.number().nullable(),
  lastOffset: z.number().nullable(),
  newest: z.array(z.object({ atMs: z.number(), offset: z.number() })),
  /** Durations in ms between one commit and the next; null with fewer than two. */
  intervalMs: z.object({ min: z.number(), median: z.number(), max: z.number() }).nullable(),
  /** Commits that went back behind the one before, and the largest such step in records. */
  rewinds: z.int(),
  largestRewind: z.number(),
  /** Commits that repeated the offset of the one before. */
  unchanged: z.int(),
  /** When the commit was last removed (a tombstone: expired, deleted, or its topic was); null where it was not. */
  removedAtMs: z.number().nullable(),
});
export type CommitHistory = z.infer<typeof commitHistorySchema>;

export const groupHistorySchema = z.object({
  group: z.string(),
  /** Of `__consumer_offsets`: the partition that holds the group. Null where that is not known. */
  partition: z.int().nullable(),
  /** Times of the oldest and newest record that were read in that partition, whosoever they are; null where none was. */
  fromMs: z.number().nullable(),
  toMs: z.number().nullable(),
  /** The partition was read from its first record to its end: what is not here is not in it. */
  complete: z.boolean(),
  /** This group's own records that were read, and their bytes before compression. */
  records: z.int(),
  bytes: z.number(),
  /** Oldest first, the newest 200. `generations` in all that were seen, also those that the list no longer has. */
  generations: z.array(generationSchema),
  generationsSeen: z.int(),
  /** Sorted by topic and partition. */
  commits: z.array(commitHistorySchema),
  /** When the group itself was removed; null where it was not, or came back since. */
  removedAtMs: z.number().nullable(),
  problem: problemSchema.nullable(),
});
export type GroupHistory = z.infer<typeof groupHistorySchema>;
