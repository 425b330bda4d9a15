import * as z from 'zod';

/**
 * Everything that was read from a cluster at one moment, as one versioned value that survives JSON. It is what is
 * judged, rendered, recorded and replayed; nothing above this room sees a socket.
 *
 * Three things are kept apart everywhere: a value, `null` (not known, or there is none), and an error (a `problem`
 * beside the value). One broken item never hides the rest. Arrays are sorted (ids by number, names by code unit), so
 * that two snapshots of the same state are equal.
 */

/** Something that could not be read, or was refused. `scope` says what it concerns: `cluster`, `broker 3`, `group payments`, `topic orders`, `orders-2`. */
export const problemSchema = z.object({
  scope: z.string(),
  /** Kafka's name of the error (`GROUP_AUTHORIZATION_FAILED`), or kmedic's own (`UNREACHABLE`, `TIMED_OUT`, `UNDECODABLE`). */
  name: z.string(),
  message: z.string(),
  /** What to do about it, where there is something. */
  advice: z.string().nullable(),
});
export type Problem = z.infer<typeof problemSchema>;

export const logDirSchema = z.object({
  path: z.string(),
  /** Kafka's name of the error; KAFKA_STORAGE_ERROR: the directory is offline. */
  error: z.string().nullable(),
  /** Of all replicas in it. */
  replicaBytes: z.number(),
  /** Of its volume (Kafka 3.3 and later). */
  totalBytes: z.number().nullable(),
  usableBytes: z.number().nullable(),
});
export type LogDir = z.infer<typeof logDirSchema>;

export const brokerSchema = z.object({
  id: z.int(),
  host: z.string(),
  port: z.int(),
  rack: z.string().nullable(),
  /** Its log directories, where they were asked for. */
  logDirs: z.array(logDirSchema).optional(),
  /** How long it took to answer a small question that waits for nothing (ms); null where it did not answer. Absent: it was not asked. */
  answerMs: z.number().nullable().optional(),
  /** Why this broker did not answer; null where it did, or was not asked. */
  problem: problemSchema.nullable(),
});
export type Broker = z.infer<typeof brokerSchema>;

export const reassignmentSchema = z.object({
  replicas: z.array(z.int()),
  adding: z.array(z.int()),
  removing: z.array(z.int()),
});
export type Reassignment = z.infer<typeof reassignmentSchema>;

export const partitionSchema = z.object({
  partition: z.int(),
  /** Node id, or null where the partition has no leader. */
  leader: z.int().nullable(),
  leaderEpoch: z.int().nullable(),
  replicas: z.array(z.int()),
  isr: z.array(z.int()),
  offlineReplicas: z.array(z.int()),
  /** Log start offset. Null where it was not asked for or could not be read. */
  start: z.number().nullable(),
  /** High watermark: what ListOffsets calls latest under read_uncommitted. */
  highWatermark: z.number().nullable(),
  /** Last stable offset: latest under read_committed. */
  lastStableOffset: z.number().nullable(),
  /** The leader's log end beyond the high watermark, where the broker tells it (ListOffsets with replica id -2). */
  logEnd: z.number().nullable(),
  /** Offset and timestamp (ms) of the record with the newest timestamp (KIP-734); null where unknown or the partition is empty. */
  maxTimestamp: z.object({ offset: z.number(), timestampMs: z.number() }).nullable(),
  /** Eligible leader replicas (KIP-966): left the ISR while it was below min ISR, without losing what it had. Null: the cluster does not tell. */
  elr: z.array(z.int()).nullable().optional(),
  lastKnownElr: z.array(z.int()).nullable().optional(),
  /** A reassignment that is under way; null where there is none. */
  reassignment: reassignmentSchema.nullable().optional(),
  /** The log end of replicas, as each told it itself; asked only where the ISR lacks a replica. */
  replicaEnds: z.array(z.object({ broker: z.int(), logEnd: z.number() })).optional(),
  /** What the replicas take on disk. `lag` is DescribeLogDirs' offsetLag: of a future replica, how far it is behind the current one. */
  replicaLogs: z
    .array(z.object({ broker: z.int(), bytes: z.number(), lag: z.number(), future: z.boolean() }))
    .optional(),
  problem: problemSchema.nullable(),
});
export type Partition = z.infer<typeof partitionSchema>;

export const topicSchema = z.object({
  topic: z.string(),
  topicId: z.string().nullable(),
  internal: z.boolean(),
  /** min.insync.replicas and unclean.leader.election.enable as they are in force; null where they could not be read. */
  minIsr: z.int().nullable().optional(),
  uncleanElection: z.boolean().nullable().optional(),
  /** leader. and follower.replication.throttled.replicas, where one of them names anybody. */
  throttled: z.object({ leader: z.string(), follower: z.string() }).optional(),
  partitions: z.array(partitionSchema),
  problem: problemSchema.nullable(),
});
export type Topic = z.infer<typeof topicSchema>;

export const topicPartitionsSchema = z.object({ topic: z.string(), partitions: z.array(z.int()) });
export type TopicPartitions = z.infer<typeof topicPartitionsSchema>;

export const memberSchema = z.object({
  memberId: z.string(),
  instanceId: z.string().nullable(),
  clientId: z.string(),
  /** As Kafka stores it, without Java's leading slash. */
  host: z.string(),
  rack: z.string().nullable(),
  /** KIP-848, share and streams groups; null for classic ones. */
  memberEpoch: z.int().nullable(),
  subscribedTopics: z.array(z.string()).nullable(),
  assignment: z.array(topicPartitionsSchema),
  /** Where the coordinator wants this member to get to, where the protocol has such a thing. */
  targetAssignment: z.array(topicPartitionsSchema).nullable(),
  /** Set where the member's metadata or assignment could not be decoded. */
  problem: problemSchema.nullable(),
});
export type Member = z.infer<typeof memberSchema>;

export const commitSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  /** The committed offset: the next offset to read. Null where the group has no commit here. A stored negative is kept as it is. */
  offset: z.number().nullable(),
  leaderEpoch: z.int().nullable(),
  metadata: z.string().nullable(),
  /** Timestamp (ms) of the record at the committed offset, where it was fetched. */
  timestampMs: z.number().nullable(),
  /** Why the record at the committed offset could not be read, where a broker said so: it needs READ on the topic. */
  timestampProblem: problemSchema.optional(),
  /** Share groups alone, from Kafka 4.2 on: the lag as their coordinator counts it, which is less than end - offset while records are acknowledged out of order. */
  lag: z.number().optional(),
  problem: problemSchema.nullable(),
});
export type Commit = z.infer<typeof commitSchema>;

export const GROUP_TYPES = ['classic', 'consumer', 'share', 'streams', 'connect', 'simple', 'unknown'] as const;

export const groupSchema = z.object({
  group: z.string(),
  /**
   * `classic`, `consumer` (KIP-848), `share` and `streams` are Kafka's own types. `connect` is a classic group of protocol
   * type "connect", `simple` one that only ever held commits, `unknown` one that nobody could describe.
   */
  type: z.enum(GROUP_TYPES),
  protocolType: z.string().nullable(),
  /** Kafka's own word: Empty, Stable, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, NotReady, Dead; null where unknown. */
  state: z.string().nullable(),
  coordinator: z.int().nullable(),
  /** Assignor or protocol name: range, cooperative-sticky, uniform …; null where there is none. */
  protocol: z.string().nullable(),
  groupEpoch: z.int().nullable(),
  assignmentEpoch: z.int().nullable(),
  members: z.array(memberSchema),
  /** Every partition that the group has committed, sorted by topic and partition. Share groups: their start offsets. */
  commits: z.array(commitSchema),
  problem: problemSchema.nullable(),
});
export type Group = z.infer<typeof groupSchema>;

/** A broker that is registered and fenced: it is stopped, starting, or cut off from the controllers. */
export const fencedBrokerSchema = z.object({
  id: z.int(),
  host: z.string(),
  port: z.int(),
  rack: z.string().nullable(),
});
export type FencedBroker = z.infer<typeof fencedBrokerSchema>;

export const quorumReplicaSchema = z.object({
  id: z.int(),
  voter: z.boolean(),
  logEnd: z.number().nullable(),
  /** Records of the metadata log that it does not have yet. */
  lag: z.number().nullable(),
  /** Since its last fetch, and since it last had everything, by the leader's clock; null before Kafka 3.3, or never. */
  silentMs: z.number().nullable(),
  behindMs: z.number().nullable(),
});
export type QuorumReplica = z.infer<typeof quorumReplicaSchema>;

/** The KRaft quorum; `leader` is the active controller. */
export const quorumSchema = z.object({
  leader: z.int().nullable(),
  leaderEpoch: z.int(),
  highWatermark: z.number(),
  replicas: z.array(quorumReplicaSchema),
});
export type Quorum = z.infer<typeof quorumSchema>;

export const snapshotSchema = z.object({
  kind: z.literal('snapshot'),
  version: z.literal(1),
  /** When collection began, UTC. */
  at: z.iso.datetime(),
  /** How long collecting took. */
  durationMs: z.number(),
  /** Longest chain of requests that had to wait for one another, connection set-up not counted; and all requests by API name. */
  roundTrips: z.int(),
  requests: z.record(z.string(), z.int()),
  cluster: z.object({ id: z.string().nullable(), controller: z.int().nullable() }),
  brokers: z.array(brokerSchema),
  /** Null: the cluster does not tell (before Kafka 4.0). */
  fenced: z.array(fencedBrokerSchema).nullable().optional(),
  quorum: quorumSchema.nullable().optional(),
  topics: z.array(topicSchema),
  groups: z.array(groupSchema),
  /** Problems that belong to none of the items above. */
  problems: z.array(problemSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;
