import * as z from 'zod';
import { groupHistorySchema } from './history.ts';
import { problemSchema, type Snapshot, snapshotSchema } from './snapshot.ts';

/**
 * Everything that was read from a cluster over a while, as one versioned value that survives JSON: what a diagnosis needs
 * beyond one snapshot. It is written to a file by `record`, and read by `--from`, `diff`, `report` and `diagnose`.
 *
 * As in a snapshot, `null` is "not known" and a failed part is a problem beside the others. Times in ms since 1970 end in
 * `Ms` (`atMs`); durations do as well, and say so.
 */

export const configEntrySchema = z.object({
  name: z.string(),
  /** Null: the broker hides it (a secret), or there is none. */
  value: z.string().nullable(),
  /** Where it was set. `default`: nowhere. */
  source: z.enum(['topic', 'group', 'broker', 'cluster', 'broker-logger', 'static', 'default', 'unknown']),
});
export type ConfigEntry = z.infer<typeof configEntrySchema>;

export const topicConfigsSchema = z.object({
  topic: z.string(),
  /** The settings that a tree may ask for (RECORDED_TOPIC_CONFIGS), as they are in force, sorted by name. Empty where they could not be read. */
  configs: z.array(configEntrySchema),
  problem: problemSchema.nullable(),
});
export type TopicConfigs = z.infer<typeof topicConfigsSchema>;

export const brokerConfigsSchema = z.object({
  broker: z.int(),
  /** All of its settings, sorted by name; secrets have no value. Empty where they could not be read. */
  configs: z.array(configEntrySchema),
  problem: problemSchema.nullable(),
});
export type BrokerConfigs = z.infer<typeof brokerConfigsSchema>;

/** A transaction that is open on a partition: read_committed stops before `startOffset`. */
export const openTransactionSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  producerId: z.number(),
  producerEpoch: z.int(),
  /** Its first offset in this partition; null where only its coordinator tells of it. */
  startOffset: z.number().nullable(),
  /** Time (ms) of the producer's last record here; null where unknown. */
  lastAtMs: z.number().nullable(),
  /** From its coordinator, where that could be asked; null where no coordinator knows it (a hanging transaction), or none could be asked. */
  transactionalId: z.string().nullable(),
  coordinator: z.int().nullable(),
  /** Kafka's word: Ongoing, PrepareCommit, PrepareAbort …. */
  state: z.string().nullable(),
  startedAtMs: z.number().nullable(),
  /** Duration in ms after which its coordinator aborts it. */
  timeoutMs: z.number().nullable(),
});
export type OpenTransaction = z.infer<typeof openTransactionSchema>;

export const transactionsSchema = z.object({
  /** Sorted by topic, partition, producer. */
  open: z.array(openTransactionSchema),
  /** Partitions whose last stable offset lies behind the high watermark: the ones that were asked for their producers. */
  asked: z.array(z.object({ topic: z.string(), partition: z.int() })),
  /** Whether every coordinator told its transactions. Only then is one without a transactionalId a hanging one. */
  coordinatorsAsked: z.boolean(),
});
export type Transactions = z.infer<typeof transactionsSchema>;

/** The keys of some of a partition's newest records: of a series, of records from all over its time. */
export const keySampleSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  /** First and last offset that were read. */
  from: z.number().nullable(),
  to: z.number().nullable(),
  /** So many records were read, which need not be all between the two. */
  records: z.int(),
  bytes: z.number(),
  /** Records without a key. */
  withoutKey: z.int(),
  distinct: z.int(),
  /** The most frequent ones first. A key that is not UTF-8 text is given in hex, with `hex:` before it; long ones end in …. */
  keys: z.array(z.object({ key: z.string(), records: z.int(), bytes: z.number() })),
  problem: problemSchema.nullable(),
});
export type KeySample = z.infer<typeof keySampleSchema>;

/** A broker held back an answer because of a quota. */
export const throttleSchema = z.object({
  /** Null: whichever broker was asked for metadata. */
  broker: z.int().nullable(),
  api: z.string(),
  atMs: z.number(),
  /** Duration in ms. */
  throttleMs: z.number(),
});

/** What the user asked for: patterns as typed, null for everything. */
export const recordingScopeSchema = z.object({
  groups: z.array(z.string()).nullable(),
  topics: z.array(z.string()).nullable(),
});

export const RECORDING_VERSION = 2;

export const recordingSchema = z.object({
  kind: z.literal('recording'),
  /** 1 was the bare snapshot that `record` wrote at first. */
  version: z.literal(RECORDING_VERSION),
  /** When it was begun, UTC. */
  at: z.iso.datetime(),
  cluster: z.object({ id: z.string().nullable() }),
  scope: recordingScopeSchema,
  /** Names were replaced. */
  redacted: z.boolean(),
  /** It was stopped before all samples were taken. */
  interrupted: z.boolean(),
  /** Oldest first, at least one. */
  samples: z.array(snapshotSchema).min(1),
  /** What `__consumer_offsets` tells of groups: of those that were asked for, or that showed a symptom. Sorted by group. */
  histories: z.array(groupHistorySchema),
  /** Of every topic in the samples; empty where they were not asked for (an old recording). Sorted by topic. */
  topicConfigs: z.array(topicConfigsSchema),
  /** Sorted by broker. */
  brokerConfigs: z.array(brokerConfigsSchema),
  /** Null where they were not asked for. */
  transactions: transactionsSchema.nullable(),
  keySamples: z.array(keySampleSchema),
  throttles: z.array(throttleSchema),
  /** Longest chain of requests that waited for one another, and all requests by API: of everything but the samples, which count for themselves. */
  roundTrips: z.int(),
  requests: z.record(z.string(), z.int()),
  /** Problems that belong to none of the items above. Those of the samples are in the samples. */
  problems: z.array(problemSchema),
});
export type Recording = z.infer<typeof recordingSchema>;

/** The newest snapshot of a recording. */
export function latestSample({ samples }: Recording): Snapshot {
  const latest = samples.at(-1);
  if (latest === undefined) throw new RangeError('a recording without a sample');
  return latest;
}

/** A recording of one snapshot, with nothing else known. */
export function recordingOf(snapshot: Snapshot): Recording {
  return {
    kind: 'recording',
    version: RECORDING_VERSION,
    at: snapshot.at,
    cluster: { id: snapshot.cluster.id },
    scope: { groups: null, topics: null },
    redacted: false,
    interrupted: false,
    samples: [snapshot],
    histories: [],
    topicConfigs: [],
    brokerConfigs: [],
    transactions: null,
    keySamples: [],
    throttles: [],
    roundTrips: 0,
    requests: {},
    problems: [],
  };
}
