import * as z from 'zod';
import { FATES, type RestartForecast } from './can-restart.ts';
import type { IsrPartition, IsrReport } from './isr-report.ts';
import { ISR_VERDICT_NAMES, ISR_VERDICTS } from './isr-verdicts.ts';
import { clusterSchema, documentErrorSchema } from './lag-document.ts';
import type { Next } from './lag-report.ts';
import { plainText } from './phrase.ts';
import { SEVERITIES } from './verdicts.ts';

/** Published schemas of `-o json` for `kmedic isr` (kind `isr`) and `kmedic isr can-restart` (kind `restart`). */

const ids = z.array(z.int());

export const isrPartitionSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  leader: z.int().nullable(),
  leaderEpoch: z.int().nullable(),
  replicas: ids,
  racks: z.array(z.string().nullable()).describe('of each replica, in the same order'),
  isr: ids,
  elr: ids.nullable().describe('eligible leader replicas; null where the cluster does not tell'),
  lastKnownElr: ids.nullable(),
  minIsr: z.int().nullable().describe('min.insync.replicas as configured'),
  effectiveMinIsr: z.int().nullable().describe('as brokers apply it: no more than there are replicas'),
  verdict: z.enum(ISR_VERDICT_NAMES),
  severity: z.enum(SEVERITIES),
  rule: z.string(),
  evidence: z.string(),
  underReplicated: z.boolean().describe('by the rules of kafka-topics, as the next three'),
  underMinIsr: z.boolean().nullable(),
  atMinIsr: z.boolean().nullable(),
  offline: z.boolean().describe('kafka-topics --unavailable-partitions'),
  reassigning: z.boolean(),
  unbalanced: z.boolean(),
  adding: ids,
  removing: ids,
  missing: z.array(
    z.object({
      broker: z.int(),
      state: z.enum(['down', 'silent', 'offline', 'behind']),
      behind: z.number().nullable().describe('records that the leader has and it has not'),
    }),
  ),
  joining: z
    .array(
      z.object({
        broker: z.int(),
        behind: z.number().nullable().describe('records that the leader has and it has not'),
      }),
    )
    .describe('new replicas that are not in the ISR yet'),
  throttled: ids.describe('replicas outside the ISR whose replication is throttled'),
  hidden: z.number().nullable().describe("records in the leader's log beyond the high watermark"),
  sinceMs: z.number().nullable().describe('how long it has been so, where that can be known'),
  sinceAtLeast: z.boolean().describe('it was so in the oldest sample already'),
});

export const isrDocumentSchema = z.object({
  kind: z.literal('isr'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  partitions: z.array(isrPartitionSchema),
  causes: z.array(z.string()),
  symptoms: z.array(z.string()).describe('what clients see of it'),
  next: z.array(z.object({ when: z.string(), command: z.string() })),
  totals: z.object({ partitions: z.int(), verdicts: z.record(z.string(), z.int()) }),
  errors: z.array(documentErrorSchema),
});
export type IsrDocument = z.infer<typeof isrDocumentSchema>;

/** The `isr` document; `hint` writes the commands to run next. */
export function isrDocument(report: IsrReport, hint: (next: Next) => string): IsrDocument {
  return {
    kind: 'isr',
    version: 1,
    at: report.at,
    cluster: { id: report.clusterId },
    partitions: report.partitions.map(isrPartitionBody),
    causes: report.causes.map(plainText),
    symptoms: report.symptoms.map(plainText),
    next: report.next.map(({ when, next }) => ({ when, command: hint(next) })),
    totals: { partitions: report.partitions.length, verdicts: verdictCounts(report.partitions) },
    errors: [...report.problems],
  };
}

/** One partition as the document says it: also a line of `-o ndjson`. */
export function isrPartitionBody(row: IsrPartition): IsrDocument['partitions'][number] {
  return {
    topic: row.topic,
    partition: row.partition,
    leader: row.leader,
    leaderEpoch: row.leaderEpoch,
    replicas: [...row.replicas],
    racks: [...row.racks],
    isr: [...row.isr],
    elr: row.elr === null ? null : [...row.elr],
    lastKnownElr: row.lastKnownElr === null ? null : [...row.lastKnownElr],
    minIsr: row.minIsr,
    effectiveMinIsr: row.effectiveMinIsr,
    verdict: row.verdict,
    severity: row.severity,
    rule: ISR_VERDICTS[row.verdict].rule,
    evidence: plainText(row.evidence),
    underReplicated: row.underReplicated,
    underMinIsr: row.underMinIsr,
    atMinIsr: row.atMinIsr,
    offline: row.offline,
    reassigning: row.reassigning,
    unbalanced: row.unbalanced,
    adding: [...row.adding],
    removing: [...row.removing],
    missing: row.missing.map((each) => ({ ...each })),
    joining: row.joining.map((each) => ({ ...each })),
    throttled: [...row.throttled],
    hidden: row.hidden,
    sinceMs: row.since?.ms ?? null,
    sinceAtLeast: row.since?.atLeast ?? false,
  };
}

/** How many partitions have each verdict, worst first; verdicts that nobody has are left out. */
export function verdictCounts(partitions: readonly IsrPartition[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { verdict } of partitions) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return Object.fromEntries(
    [...ISR_VERDICT_NAMES].reverse().flatMap((verdict) => {
      const count = counts.get(verdict);
      return count === undefined ? [] : [[verdict, count]];
    }),
  );
}

const partitionName = z.object({ topic: z.string(), partition: z.int() });

export const restartDocumentSchema = z.object({
  kind: z.literal('restart'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  brokers: ids,
  safe: z.boolean().nullable().describe('null: nothing speaks against it, and not everything could be read'),
  hits: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      fate: z.enum(FATES),
      leader: z.int().nullable(),
      isr: ids,
      leaderAfter: z.int().nullable(),
      isrAfter: ids,
      effectiveMinIsr: z.int().nullable(),
      complete: z.boolean().describe('every replica is in sync already: waiting makes it no better'),
      others: z.int().describe('replicas that would still be alive, in sync or not'),
      onlyThere: z.number().nullable().describe('records that an unclean election would lose'),
    }),
  ),
  already: z.object({ offline: z.int(), underMinIsr: z.int() }),
  leadersMoved: z.int(),
  groups: z.array(z.object({ group: z.string(), coordinator: z.int() })),
  quorum: z.object({ voters: z.int(), needed: z.int(), now: z.int(), after: z.int() }).nullable(),
  notRunning: ids,
  silent: ids.describe('brokers that do not answer: counted as lost, too'),
  unknown: z.array(partitionName),
  errors: z.array(documentErrorSchema),
});
export type RestartDocument = z.infer<typeof restartDocumentSchema>;

/** The `restart` document. */
export function restartDocument(forecast: RestartForecast): RestartDocument {
  const { at, clusterId, hits, brokers, groups, notRunning, silent, unknown, problems, ...rest } = forecast;
  return {
    kind: 'restart',
    version: 1,
    at,
    cluster: { id: clusterId },
    brokers: [...brokers],
    ...rest,
    hits: hits.map((hit) => ({ ...hit, isr: [...hit.isr], isrAfter: [...hit.isrAfter] })),
    groups: [...groups],
    notRunning: [...notRunning],
    silent: [...silent],
    unknown: [...unknown],
    errors: [...problems],
  };
}
