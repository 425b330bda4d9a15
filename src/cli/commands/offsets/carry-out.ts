import type { ClusterClient } from '../../../client/cluster-client.ts';
import { observe } from '../../../cluster/observe.ts';
import { type ApplyOptions, applyPlan } from '../../../offsets/apply.ts';
import { applyExit } from '../../../offsets/apply-document.ts';
import { ACCEPTABLE_DRIFT, type AcceptableDrift } from '../../../offsets/drift.ts';
import type { Plan } from '../../../offsets/plan.ts';
import { untilEmpty } from '../../../offsets/watch-commits.ts';
import type { Command, ExitCode, Invocation } from '../../command.ts';
import { askOn, confirm, isProtected } from '../../confirm.ts';
import { exitForProblems } from '../../errors.ts';
import { usage } from '../../failure.ts';
import type { Io } from '../../io.ts';
import { knownNames } from '../../known-names.ts';
import { missingGroups } from '../../missing-groups.ts';
import { present } from '../../present.ts';
import { sameAgain } from './again.ts';
import { applySheet, outcomeLines } from './apply-view.ts';
import { planFooter, planHeading, planSheet } from './plan-view.ts';
import { journalOf, type Session, who } from './session.ts';

export interface ExecuteOptions {
  readonly execute: boolean;
  readonly waitEmpty: number | undefined;
  readonly sample: number;
  readonly hold: number | undefined;
  readonly partial: boolean;
  readonly yes: boolean;
}

export interface Making {
  readonly session: Session;
  readonly invocation: Invocation;
  readonly command: Command;
  readonly io: Io;
  readonly pattern: boolean;
  /** Where it is applied, if that is another cluster than the session's. */
  readonly target?: { readonly client: ClusterClient; readonly name: string };
  readonly acceptDrift?: readonly string[];
  /** Words that the command to apply needs beside --execute. */
  readonly more?: readonly string[];
  /** Runs when nothing speaks against the plan any more, before anything is overwritten. */
  readonly prepare?: () => Promise<void>;
}

/**
 * Makes a plan and shows it, or with `--execute` carries it out. With `--wait-empty` it is made again when the members are
 * gone: until then they go on committing.
 */
export async function showOrApply(
  make: () => Promise<Plan>,
  options: ExecuteOptions,
  making: Making,
): Promise<ExitCode> {
  const plan = await make();
  if (!options.execute) return showPlan(plan, making);
  const live = plan.groups.filter(({ members }) => members.length > 0).map(({ group }) => group);
  if (options.waitEmpty === undefined || live.length === 0) return carryOut(plan, options, making);
  const { io, session, target } = making;
  const progress = await io.progress(`waiting for ${live.join(', ')} to become empty`);
  await untilEmpty(target?.client ?? session.client, live, options.waitEmpty, {
    signal: io.interrupted,
    sleep: (ms) => io.sleep(ms),
    now: () => io.now(),
  }).finally(() => progress.stop());
  return carryOut(await make(), { ...options, waitEmpty: undefined }, making);
}

/**
 * The exit code of a plan: 0, or 5 where some of it cannot be resolved. 1 where all of it cannot, or there is nothing in it; 3
 * where that is because we may not look.
 */
export function planExit({ groups, errors }: Plan): ExitCode {
  const broken = groups.some(({ problem, totals }) => problem !== null || totals.unresolved > 0);
  if (isEmpty(groups)) return 1;
  if (!broken) return 0;
  const some = groups.some(({ problem, totals }) => problem === null && totals.partitions > totals.unresolved);
  return exitForProblems(errors, some);
}

/** Nobody and nothing was found to plan for. */
function isEmpty(groups: Plan['groups']): boolean {
  return groups.every(({ changes, problem }) => changes.length === 0 && problem === null);
}

/** Shows a plan and changes nothing. Below the table: the commands that would apply and undo it. */
export async function showPlan(
  plan: Plan,
  { session, invocation, command, io, target, more = [] }: Making,
): Promise<ExitCode> {
  const cluster = target?.name ?? session.name;
  const again = sameAgain(command, invocation, session.reach, [...more, '--execute']);
  const undo = ['kmedic', 'offsets', 'undo', ...session.reach].join(' ');
  const absent = plan.groups.filter(({ exists, changes }) => !exists && changes.length === 0);
  const known = knownNames((request) => observe((target ?? session).client, request));
  const missing =
    absent.length === 0
      ? []
      : await missingGroups(
          absent.map(({ group }) => group),
          known,
        );
  await present(
    {
      document: () => ({ ...plan, errors: [...plan.errors, ...missing] }),
      lines: () => plan.groups,
      sheets: [planSheet(plan)],
      skipsEmpty: true,
      before: (style) => planHeading(plan, cluster, style),
      after: (style) => planFooter(plan, again, undo, style),
      problems: plan.groups.length === 0 ? plan.errors : missing,
    },
    invocation.globals.output,
    io,
  );
  return planExit(plan);
}

/** Confirms where that is asked for, applies, and shows what became of each partition. */
export async function carryOut(plan: Plan, options: ExecuteOptions, making: Making): Promise<ExitCode> {
  const { session, invocation, io, target } = making;
  const { globals } = invocation;
  if (isEmpty(plan.groups)) return showPlan(plan, making);
  const why = { protected: isProtected(globals), pattern: making.pattern, yes: options.yes };
  await confirm(
    plan.groups.map(({ group }) => group),
    why,
    askOn(io),
  );
  for (const { group, owner } of plan.groups) {
    if (owner !== null) io.err(`! ${group} may belong to ${owner.system} (${owner.why}): ${owner.tool}\n`);
  }
  if (!io.errIsTty) io.err(`applying plan ${plan.id}\n`);
  const progress = await io.progress(`applying plan ${plan.id}`);
  const apply: ApplyOptions = {
    journal: journalOf(globals),
    by: who(),
    acceptDrift: driftKinds(making.acceptDrift ?? []),
    partial: options.partial,
    waitEmptyMs: options.waitEmpty ?? 0,
    sampleMs: options.sample,
    holdMs: options.hold ?? 0,
    signal: io.interrupted,
    sleep: (ms) => io.sleep(ms),
    now: () => io.now(),
  };
  const document = await applyPlan(target?.client ?? session.client, plan, apply, making.prepare).finally(() =>
    progress.stop(),
  );
  const changed = document.roundTrips !== null;
  await present(
    {
      document: () => document,
      lines: () => document.groups,
      sheets: [applySheet(document)],
      skipsEmpty: true,
      after: (style) => [
        ...outcomeLines(document.groups, style),
        ...(changed ? [`undo:   kmedic offsets undo ${[plan.id, ...session.reach].join(' ')}`] : []),
      ],
      problems: document.errors.filter(({ scope }) => !scope.startsWith('group ')),
    },
    globals.output,
    io,
  );
  return io.interrupted.aborted && !changed ? 130 : applyExit(document);
}

/** What `--accept-drift` names; several may stand behind one another, separated by commas. */
export function driftKinds(words: readonly string[]): Set<AcceptableDrift> {
  return new Set(
    words
      .flatMap((word) => word.split(','))
      .map((word) => {
        const kind = ACCEPTABLE_DRIFT.find((each) => each === word);
        if (kind === undefined) throw usage(`--accept-drift ${word}: not one of ${ACCEPTABLE_DRIFT.join(', ')}`);
        return kind;
      }),
  );
}
