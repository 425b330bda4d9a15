import { type Elected, type ElectionType, electLeaders } from '../../../cluster/elect-leaders.ts';
import { observe } from '../../../cluster/observe.ts';
import type { ObserveRequest } from '../../../cluster/selection.ts';
import type { Snapshot } from '../../../cluster/snapshot.ts';
import {
  type Election,
  type ElectionDocument,
  electionOutcome,
  planPreferred,
  planUnclean,
} from '../../../health/elect-plan.ts';
import { electionLines, electionSheet } from '../../../render/election-view.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import { isProtected } from '../../confirm.ts';
import { exitForProblems } from '../../errors.ts';
import { Failure, usage } from '../../failure.ts';
import { quote } from '../../hint.ts';
import type { Io } from '../../io.ts';
import { missingTopics } from '../../missing-topics.ts';
import { present } from '../../present.ts';
import { type Session, withSession } from '../offsets/session.ts';
import type { isrElect } from './descriptors.ts';
import { acceptTopics, REPLICATION } from './observe.ts';

/** How long the controllers may take, and how often it is looked whether the brokers know. */
const ELECTION_TIMEOUT_MS = 10_000;
const LOOKS = 20;
const PAUSE_MS = 100;

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof isrElect>(invocation);
  const { args, globals } = invocation;
  if (options.preferred === options.unclean)
    throw usage('give one of --preferred and --unclean', 'kmedic isr elect --preferred shows which leaders would move');
  const type: ElectionType = options.unclean ? 'unclean' : 'preferred';
  const accept = acceptTopics(args);
  if (options.execute) {
    if (options.unclean && !options.acceptDataLoss) {
      throw refused('an unclean election loses records for good', 'look at the plan, then add --accept-data-loss');
    }
    if (isProtected(globals) && !options.yes) throw refused('this cluster is protected', 'add --yes to go on');
  }
  return withSession(globals, deps, async (session) => {
    // What groups have committed has existed: it tells of records that no live replica has.
    const request: ObserveRequest = {
      ...REPLICATION,
      filter: accept,
      ...(options.unclean ? { groups: 'all', want: { ...REPLICATION.want, commits: true } } : {}),
    };
    const snapshot = await observe(session.client, request);
    const planned = options.unclean ? planUnclean(snapshot, accept) : planPreferred(snapshot, accept);
    const { partitions, last } = options.execute
      ? await carryOut(session, type, planned, snapshot, io)
      : { partitions: planned, last: snapshot };
    const missing = missingTopics(args, snapshot.topics);
    const problems = [...last.problems, ...missing];
    const document: ElectionDocument = {
      kind: 'election',
      version: 1,
      at: last.at,
      cluster: { id: last.cluster.id },
      election: type,
      executed: options.execute,
      partitions,
      errors: problems,
    };
    await present(
      {
        document: () => document,
        lines: () => partitions,
        sheets: [electionSheet(partitions)],
        skipsEmpty: true,
        // Of what cannot be seen nothing is known to be well.
        before: (style) =>
          partitions.length === 0 && (missing.length > 0 || snapshot.topics.length === 0)
            ? ['no partition fits']
            : electionLines(partitions, type, options.execute, style),
        after: () => {
          if (options.execute || !partitions.some(({ result }) => result === 'would-elect')) return [];
          const loss = options.unclean ? ['--accept-data-loss'] : [];
          const words = ['kmedic', 'isr', 'elect', ...args, `--${type}`, '--execute', ...loss, ...session.reach];
          return [`nothing was changed; to do it: ${words.map(quote).join(' ')}`];
        },
        problems,
      },
      globals.output,
      io,
    );
    return exitOf(partitions, exitForProblems(problems, args.length === 0 || missing.length < args.length));
  });
};

function refused(reason: string, advice: string): Failure {
  return new Failure({
    name: 'NOT_CONFIRMED',
    message: `${reason}: nothing was changed`,
    advice,
    scope: 'command line',
    exit: 4,
  });
}

/** Elects, and looks until every broker's metadata has what the controller answered, or two seconds are over. */
async function carryOut(
  { client }: Session,
  type: ElectionType,
  planned: readonly Election[],
  before: Snapshot,
  io: Io,
): Promise<{ partitions: Election[]; last: Snapshot }> {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition, result } of planned) {
    if (result === 'would-elect') byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  }
  if (byTopic.size === 0) return { partitions: [...planned], last: before };
  const wanted = [...byTopic].map(([topic, partitions]) => ({ topic, partitions }));
  const elected = await electLeaders(client, type, wanted, ELECTION_TIMEOUT_MS);
  const answers = new Map(elected.map((each): [string, Elected] => [`${each.topic}-${each.partition}`, each]));
  const targets = new Map(planned.map(({ topic, partition, target }) => [`${topic}-${partition}`, target]));
  let last = before;
  let partitions: Election[] = [...planned];
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await io.sleep(PAUSE_MS);
    last = await observe(client, { groups: 'none', topics: 'all', want: {} });
    partitions = electionOutcome(planned, answers, last);
    const isDone = partitions.every(
      ({ topic, partition, result, target }) =>
        result !== 'elected' ||
        (type === 'preferred' ? target === targets.get(`${topic}-${partition}`) : target !== null),
    );
    if (isDone) break;
  }
  return { partitions, last };
}

/** All fine 0; some 5; none 4 where it was refused, 1 where it failed. */
function exitOf(partitions: readonly Election[], problems: ExitCode): ExitCode {
  const bad = partitions.filter(({ result }) => result === 'refused' || result === 'failed');
  if (bad.length === 0) return problems;
  if (bad.length < partitions.length) return 5;
  return bad.every(({ result }) => result === 'refused') ? 4 : 1;
}
