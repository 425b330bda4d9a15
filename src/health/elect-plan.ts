import * as z from 'zod';
import type { Partition, Snapshot, Topic } from '../cluster/snapshot.ts';
import { byCodeUnit } from './join.ts';
import { type BrokerStates, brokerStates } from './judge-isr.ts';
import { clusterSchema, documentErrorSchema } from './lag-document.ts';

export const ELECTION_RESULTS = ['would-elect', 'elected', 'refused', 'not-needed', 'failed'] as const;

/** One partition that an election is about. */
export const electionSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  leader: z.int().nullable(),
  target: z.int().nullable().describe('who would lead; read back after --execute'),
  replicas: z.array(z.int()),
  isr: z.array(z.int()),
  result: z.enum(ELECTION_RESULTS),
  reason: z.string().nullable(),
  targetEnd: z.number().nullable().describe("the new leader's log end"),
  knownLost: z
    .number()
    .nullable()
    .describe('unclean: records that are known to exist and the new leader has not; null where nobody tells'),
});
export type Election = z.infer<typeof electionSchema>;

export const electionDocumentSchema = z.object({
  kind: z.literal('election'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  election: z.enum(['preferred', 'unclean']),
  executed: z.boolean(),
  partitions: z.array(electionSchema),
  errors: z.array(documentErrorSchema),
});
export type ElectionDocument = z.infer<typeof electionDocumentSchema>;

type Accept = (topic: string, partition: number) => boolean;

/** The partitions that are not led by their first replica, and whether it could lead now. By topic and number. */
export function planPreferred(snapshot: Snapshot, accept: Accept): Election[] {
  const states = brokerStates(snapshot);
  return each(snapshot, accept, (topic, partition) => {
    const { leader, replicas, isr } = partition;
    const [preferred] = replicas;
    if (preferred === undefined || leader === preferred) return null;
    const base = { ...blank(topic, partition), target: preferred };
    if (!states.live.has(preferred)) return refused(base, `broker ${preferred} is not in the cluster`);
    if (states.silent.has(preferred)) return refused(base, `broker ${preferred} does not answer`);
    if (partition.offlineReplicas.includes(preferred)) {
      return refused(base, `the log directory of broker ${preferred} has failed`);
    }
    // Without a leader the eligible ones may lead as well.
    const fit = isr.includes(preferred) || (isr.length === 0 && partition.elr?.includes(preferred) === true);
    return fit ? base : refused(base, `broker ${preferred} is not in the ISR`);
  });
}

/**
 * The partitions without a leader, who would lead them after an unclean election, and what would be lost. The controller
 * takes the first live replica of the list, not the one with the longest log. Known to exist are the records up to the
 * longest log of a live replica, and up to the highest offset that a group has committed; what only the dead leader had
 * is in neither.
 */
export function planUnclean(snapshot: Snapshot, accept: Accept): Election[] {
  const states = brokerStates(snapshot);
  const committed = highestCommits(snapshot);
  return each(snapshot, accept, (topic, partition) => {
    if (partition.leader !== null) return null;
    const base = blank(topic, partition);
    const target = targetOf(partition, states);
    if (target === null) {
      return refused(
        base,
        `none of its replicas (${partition.replicas.join(', ')}) is in the cluster, answers, and has its disk`,
      );
    }
    const ends = partition.replicaEnds ?? [];
    const targetEnd = ends.find(({ broker }) => broker === target)?.logEnd ?? null;
    const commit = committed.get(topic.topic)?.get(partition.partition);
    const seen = [...ends.map(({ logEnd }) => logEnd), ...(commit === undefined ? [] : [commit])];
    const knownLost = targetEnd === null ? null : Math.max(0, Math.max(...seen) - targetEnd);
    return { ...base, target, targetEnd, knownLost };
  });
}

function targetOf({ replicas, isr, elr, offlineReplicas }: Partition, { live, silent }: BrokerStates): number | null {
  const able = replicas.filter((id) => live.has(id) && !silent.has(id) && !offlineReplicas.includes(id));
  const clean = able.find((id) => isr.includes(id)) ?? able.find((id) => elr?.includes(id));
  return clean ?? able[0] ?? null;
}

function highestCommits(snapshot: Snapshot): Map<string, Map<number, number>> {
  const found = new Map<string, Map<number, number>>();
  for (const { commits } of snapshot.groups) {
    for (const { topic, partition, offset } of commits) {
      if (offset === null) continue;
      const ofTopic = found.get(topic) ?? new Map<number, number>();
      found.set(topic, ofTopic);
      ofTopic.set(partition, Math.max(offset, ofTopic.get(partition) ?? 0));
    }
  }
  return found;
}

function blank({ topic }: Topic, { partition, leader, replicas, isr }: Partition): Election {
  return {
    topic,
    partition,
    leader,
    target: null,
    replicas,
    isr,
    result: 'would-elect',
    reason: null,
    targetEnd: null,
    knownLost: null,
  };
}

function refused(election: Election, reason: string): Election {
  return { ...election, result: 'refused', reason };
}

function each(
  { topics }: Snapshot,
  accept: Accept,
  plan: (topic: Topic, partition: Partition) => Election | null,
): Election[] {
  return topics
    .flatMap((topic) =>
      topic.partitions.flatMap((partition) =>
        partition.replicas.length > 0 && accept(topic.topic, partition.partition) ? (plan(topic, partition) ?? []) : [],
      ),
    )
    .sort((a, b) => byCodeUnit(a.topic, b.topic) || a.partition - b.partition);
}

/** What came of an election: the answers, and the leaders as they were read back. */
export function electionOutcome(
  planned: readonly Election[],
  answers: ReadonlyMap<string, { readonly error: string | null; readonly message: string | null }>,
  after: Snapshot,
): Election[] {
  const leaders = new Map(
    after.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, leader }): [string, number | null] => [`${topic}-${partition}`, leader]),
    ),
  );
  return planned.map((election): Election => {
    if (election.result !== 'would-elect') return election;
    const key = `${election.topic}-${election.partition}`;
    const answer = answers.get(key);
    const leader = leaders.get(key) ?? null;
    const now = { ...election, target: leader };
    if (answer === undefined) return { ...now, result: 'failed', reason: 'the controller said nothing about it' };
    if (answer.error === 'ELECTION_NOT_NEEDED') {
      return { ...now, result: 'not-needed', reason: 'it has the right leader already' };
    }
    if (answer.error !== null) {
      return {
        ...now,
        result: 'failed',
        reason: answer.message === null ? answer.error : `${answer.error}: ${answer.message}`,
      };
    }
    return { ...now, result: 'elected' };
  });
}
