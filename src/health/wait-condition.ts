import * as z from 'zod';
import type { Problem, Snapshot } from '../cluster/snapshot.ts';
import { forecastRestart, mayPass } from './can-restart.ts';
import { countText } from './count-text.ts';
import { isDenied } from './denied.ts';
import { judgeIsr } from './judge-isr.ts';
import { judgeLag } from './judge-lag.ts';
import { clusterSchema, documentErrorSchema } from './lag-document.ts';

/** Whether a condition holds in a snapshot, and what stands in the way. Pure. */
export interface Held {
  readonly met: boolean;
  /** In words, for people and logs; names are not escaped yet. */
  readonly reason: string;
  /** Waiting changes nothing: this principal may not see what it takes. */
  readonly denied?: boolean;
}

export type Condition = (snapshot: Snapshot) => Held;

type Accept = (topic: string, partition: number) => boolean;

/** Every replica in sync, every broker answers. Verdicts that are notes (no spare, unbalanced, reassigning) do not matter. */
export function isrHealthy(accept: Accept): Condition {
  return (snapshot) => {
    const { partitions, problems } = judgeIsr(snapshot, accept);
    const sick = partitions.filter(({ severity }) => severity === 'error' || severity === 'warn');
    const [worst] = sick;
    if (worst !== undefined) {
      const name = `${worst.topic}-${worst.partition}`;
      return {
        met: false,
        reason: `not healthy: ${sick.length} of ${countText(partitions.length, 'partition')}, worst ${name}: ${worst.verdict}`,
      };
    }
    // Whether replicas are in sync is known without reassignments, min ISR and the quorum; topics that are hidden are not seen at all.
    const [problem] = problems.filter((each) => !isDenied(each) || each.scope !== 'cluster' || partitions.length === 0);
    if (problem !== undefined) return inTheWay(problem);
    return { met: true, reason: `${countText(partitions.length, 'partition')}, every replica in sync` };
  };
}

/** What `isr can-restart` answers with yes. */
export function brokersCanRestart(brokers: readonly number[], accept: Accept): Condition {
  return (snapshot) => {
    const { safe, hits, problems, quorum } = forecastRestart(snapshot, brokers, accept);
    if (safe === true)
      return { met: true, reason: `broker${brokers.length === 1 ? '' : 's'} ${brokers.join(', ')} can be stopped` };
    const harmed = hits.filter(({ fate }) => fate !== 'no-spare');
    const worst = harmed.find((hit) => !mayPass(hit)) ?? harmed[0];
    if (worst !== undefined) {
      const name = `${worst.topic}-${worst.partition}`;
      return {
        met: false,
        reason: `${countText(harmed.length, 'partition')} would be harmed, worst ${name}: ${worst.fate}${mayPass(worst) ? '' : ', which waiting does not change'}`,
      };
    }
    if (quorum !== null && quorum.after < quorum.needed) {
      return {
        met: false,
        reason: `${quorum.after} of ${quorum.voters} controllers would be left, ${quorum.needed} are needed`,
      };
    }
    const problem = problems.find(isDenied) ?? problems[0];
    return problem === undefined ? { met: false, reason: 'not everything could be read' } : inTheWay(problem);
  };
}

function inTheWay(problem: Problem): Held {
  const reason = `${problem.scope}: ${problem.name}`;
  return isDenied(problem)
    ? { met: false, reason: `${reason}: ${problem.message}`, denied: true }
    : { met: false, reason };
}

function isAbsent({ problem }: { readonly problem: Problem | null }): boolean {
  return problem?.name === 'GROUP_ID_NOT_FOUND';
}

/** The lag of every group at most `limit`, nothing unknown. A group that does not exist has no lag to wait for: it does not hold. */
export function groupLagAtMost(groups: readonly string[], limit: number): Condition {
  return (snapshot) => {
    const report = judgeLag(snapshot, [], { isolation: 'read_uncommitted', oldAfterMs: Number.POSITIVE_INFINITY });
    for (const name of groups) {
      const group = report.groups.find((each) => each.group === name);
      if (group === undefined || isAbsent(group)) return { met: false, reason: `there is no group ${name}` };
      if (group.problem !== null) return inTheWay({ ...group.problem, scope: name });
      if (group.partitions.length === 0)
        return { met: false, reason: `${name} has committed nothing and owns nothing` };
      if (group.unknown > 0)
        return { met: false, reason: `${name}: lag of ${countText(group.unknown, 'partition')} is unknown` };
      if (group.lag > limit) return { met: false, reason: `${name}: lag ${group.lag}` };
    }
    return { met: true, reason: limit === 0 ? 'no lag' : `lag at most ${limit}` };
  };
}

/** No members. A group that is not there (any more) is as empty as can be; that it is not there is said. */
export function groupsEmpty(groups: readonly string[]): Condition {
  return (snapshot) => {
    const absent: string[] = [];
    for (const name of groups) {
      const group = snapshot.groups.find((each) => each.group === name);
      if (group === undefined || isAbsent(group)) {
        absent.push(name);
        continue;
      }
      if (group.problem !== null) return inTheWay({ ...group.problem, scope: name });
      const { length } = group.members;
      if (length > 0 || (group.state !== 'Empty' && group.state !== 'Dead')) {
        return { met: false, reason: `${name}: ${countText(length, 'member')}, ${group.state ?? 'state unknown'}` };
      }
    }
    const aside = absent.length === 0 ? '' : `; there is no group ${absent.join(', ')}`;
    return { met: true, reason: `no members${aside}` };
  };
}

/** Members, and no rebalance under way. */
export function groupsStable(groups: readonly string[]): Condition {
  return (snapshot) => {
    for (const name of groups) {
      const group = snapshot.groups.find((each) => each.group === name);
      if (group === undefined || isAbsent(group)) return { met: false, reason: `there is no group ${name}` };
      if (group.problem !== null) return inTheWay({ ...group.problem, scope: name });
      if (group.state !== 'Stable') return { met: false, reason: `${name}: ${group.state ?? 'state unknown'}` };
      if (group.members.length === 0) return { met: false, reason: `${name}: no members` };
    }
    return { met: true, reason: 'stable' };
  };
}

export const waitDocumentSchema = z.object({
  kind: z.literal('wait'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: clusterSchema,
  for: z.string(),
  met: z.boolean(),
  reason: z.string(),
  samples: z.int(),
  consecutive: z.int().describe('samples in a row in which it held'),
  elapsedMs: z.number(),
  errors: z.array(documentErrorSchema),
});
export type WaitDocument = z.infer<typeof waitDocumentSchema>;
