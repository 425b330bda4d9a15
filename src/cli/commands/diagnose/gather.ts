import { setImmediate } from 'node:timers/promises';
import { latestSample, type Recording, recordingOf } from '../../../cluster/recording.ts';
import type { Aim } from '../../../diagnose/diagnose.ts';
import type { AnswerGiven, Evidence, LogDirEvidence } from '../../../diagnose/model.ts';
import { saidBy } from '../../../diagnose/said-by.ts';
import type { Knowledge } from '../../../diagnose/walk.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { Globals, ValuesOf } from '../../command.ts';
import type { Connection, Deps } from '../../deps.ts';
import { Failure, usage } from '../../failure.ts';
import { quote } from '../../hint.ts';
import type { Io } from '../../io.ts';
import { isMissing } from '../../missing-groups.ts';
import { sayCommand } from '../../say-command.ts';
import { openConnection, reachOf } from '../../source.ts';
import { didYouMean } from '../../suggest.ts';
import { takeRecording } from '../../take-recording.ts';
import { readClientConfig } from './client-config.ts';
import type { diagnose } from './descriptors.ts';
import { isSessionFile, readSession } from './session-file.ts';

export type Options = ValuesOf<typeof diagnose>;

/** What is to be judged: the evidence, what is asked of it, and the answers there are. */
export interface Case {
  readonly evidence: Evidence;
  readonly aim: Aim;
  readonly answers: readonly AnswerGiven[];
  readonly reach: readonly string[];
}

const SAMPLES = 6;
const EVERY_MS = 2_000;

/** Collects what the options name. Null: it was interrupted before there was anything to judge. */
export async function gather(
  word: string | undefined,
  options: Options,
  globals: Globals,
  knowledge: Knowledge,
  io: Io,
  deps: Deps,
): Promise<Case | null> {
  const given =
    options.answers === undefined
      ? []
      : (await import('./answers-file.ts')).readAnswers(options.answers, knowledge.trees);
  const client = options.clientConfig === undefined ? null : readClientConfig(options.clientConfig);
  if (options.resume !== undefined) return resumed(options.resume, word, options, globals, given, client);
  const aim = aimOf(word, options, knowledge);
  const answers = [...[...knowledge.trees.values()].flatMap((tree) => saidBy(tree, word ?? '')), ...given];
  const recording =
    globals.from === undefined
      ? await fromCluster(options, aim, globals, io, deps)
      : await fromFile(globals.from, options, globals, deps);
  if (recording === null || io.interrupted.aborted) return null;
  checkNames(recording, aim, globals.from === undefined ? reachOf(globals) : ['--from', globals.from]);
  const logDir = options.logDir === undefined ? null : await readLogDir(options.logDir, aim.topic, io);
  if (globals.from === undefined)
    return { evidence: { recording, client, logDir }, aim, answers, reach: reachOf(globals) };
  const saved = isSessionFile(globals.from) ? readSession(globals.from) : null;
  if (saved !== null && saved.answers.length > 0)
    io.err(`its answers are not taken along; to go on with them: kmedic diagnose --resume ${quote(globals.from)}\n`);
  const evidence = { recording, client: client ?? saved?.client ?? null, logDir: logDir ?? saved?.logDir ?? null };
  return { evidence, aim, answers, reach: ['--from', globals.from] };
}

/** A broker's files, as far as they are read before somebody interrupts. A directory without partitions is a mistake. */
async function readLogDir(path: string, topic: string | null, io: Io): Promise<LogDirEvidence> {
  const progress = await io.progress(`reading ${path}`);
  try {
    const { logDirEvidence } = await import('../../../diagnose/log-dir.ts');
    const pause = async (): Promise<boolean> => {
      await setImmediate();
      return !io.interrupted.aborted;
    };
    const evidence = await logDirEvidence({ path, topic, now: io.now(), pause });
    if (evidence.partitions.length === 0 && !io.interrupted.aborted)
      throw usage(
        evidence.problems[0] ?? `${path} holds no partition`,
        'give a log directory of a broker, or one of its partitions',
      );
    for (const problem of evidence.problems) io.err(`! ${escapeInline(problem)}\n`);
    return evidence;
  } finally {
    progress.stop();
  }
}

function resumed(
  file: string,
  word: string | undefined,
  options: Options,
  globals: Globals,
  given: readonly AnswerGiven[],
  client: Evidence['client'],
): Case {
  const elsewhere = [globals.from, globals.embedded, globals.bootstrapServer, options.group, options.topic, word];
  if (elsewhere.some((value) => value !== undefined))
    throw usage('--resume goes on with its own evidence: it takes no tree, group, topic or cluster');
  const session = readSession(file);
  return {
    evidence: { recording: session.recording, client: client ?? session.client, logDir: session.logDir },
    aim: session.aim,
    answers: [...session.answers, ...given],
    reach: session.reach,
  };
}

/** The symptom or tree that was named, and whom it is about. A tree is walked alone, a symptom with what else can explain it. */
function aimOf(word: string | undefined, options: Options, { trees }: Knowledge): Aim {
  const { group, topic } = { group: options.group ?? null, topic: options.topic ?? null };
  if (word === undefined) return { tree: null, start: null, also: [], group, topic, broker: null };
  for (const { id, symptoms } of trees.values()) {
    const symptom = symptoms.find((each) => each.id === word);
    if (symptom !== undefined)
      return { tree: id, start: symptom.start ?? null, also: symptom.also ?? [], group, topic, broker: null };
  }
  if (trees.has(word)) return { tree: word, start: null, also: [], group, topic, broker: null };
  const known = [...trees.values()].flatMap(({ id, symptoms }) => [id, ...symptoms.map((symptom) => symptom.id)]);
  throw usage(
    `there is no tree or symptom ${word}`,
    didYouMean(word, known) ?? `the trees are ${[...trees.keys()].join(', ')}; kmedic runbook lists their symptoms`,
  );
}

async function fromFile(file: string, options: Options, globals: Globals, deps: Deps): Promise<Recording> {
  if (globals.bootstrapServer !== undefined || globals.embedded !== undefined || globals.commandConfig !== undefined)
    throw usage('--from reads a file: it cannot be combined with -b, --command-config or --embedded');
  if (options.samples !== undefined || options.every !== undefined || options.window !== undefined)
    throw usage('a recording has its samples already: --samples, --every and --window need a cluster');
  return deps.readRecording(file);
}

async function fromCluster(
  options: Options,
  aim: Aim,
  globals: Globals,
  io: Io,
  deps: Deps,
): Promise<Recording | null> {
  if (options.every !== undefined && options.window !== undefined)
    throw usage('--every and --window say the same thing twice: give one of them');
  const samples = options.samples ?? SAMPLES;
  const everyMs =
    options.every ?? (options.window === undefined ? EVERY_MS : options.window / Math.max(1, samples - 1));
  const { connection, close } = await openConnection(globals, deps);
  try {
    if (aim.group !== null || aim.topic !== null) await checkFirst(connection, aim, reachOf(globals));
    return await takeRecording(
      connection,
      {
        groups: options.group === undefined ? [] : [options.group],
        topics: options.topic === undefined ? [] : [options.topic],
        samples,
        everyMs,
        historyMs: undefined,
        keys: true,
      },
      io,
    );
  } finally {
    await close();
  }
}

/** Nobody waits for ten seconds of samples to hear of a typing error. Only a complete list can say that a name is missing. */
async function checkFirst(connection: Connection, aim: Aim, reach: readonly string[]): Promise<void> {
  const names = await connection.observe({ groups: 'all', topics: 'all', want: {} });
  const complete = names.problems.length === 0 && names.brokers.every(({ problem }) => problem === null);
  if (complete) checkNames(recordingOf(names), aim, reach);
}

/** A name that nothing has is a mistake, not a sound verdict. */
function checkNames(recording: Recording, { group, topic }: Aim, reach: readonly string[]): void {
  const { groups, topics } = latestSample(recording);
  const present = groups.filter((each) => !isMissing(each)).map((each) => each.group);
  if (group !== null && !present.includes(group)) throw absent('group', group, present, ['groups', 'list'], reach);
  const names = topics.map((each) => each.topic);
  if (topic !== null && !names.includes(topic)) throw absent('topic', topic, names, ['isr'], reach);
}

function absent(
  kind: string,
  name: string,
  known: readonly string[],
  lists: readonly string[],
  reach: readonly string[],
): Failure {
  const all = reach[0] === '--from' ? 'it holds' : 'this principal may DESCRIBE';
  return new Failure({
    name: 'NOT_FOUND',
    message: `there is no ${kind} ${name}`,
    advice: didYouMean(name, known) ?? `${sayCommand({ words: lists, behind: [] }, reach)} shows all that ${all}`,
    scope: `${kind} ${name}`,
    exit: 1,
  });
}
