import { buildDiagnosis } from '../../../diagnose/build-diagnosis.ts';
import { choose, type Diagnosis, diagnose as judge } from '../../../diagnose/diagnose.ts';
import type { DiagnosisDocument } from '../../../diagnose/diagnosis-document.ts';
import { SESSION_VERSION, treesVersion } from '../../../diagnose/session.ts';
import type { Knowledge } from '../../../diagnose/walk.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { quote } from '../../hint.ts';
import { type Io, styleOf } from '../../io.ts';
import { sayCommand } from '../../say-command.ts';
import type { diagnose } from './descriptors.ts';
import { type Case, gather, type Options } from './gather.ts';
import { printDiagnosis } from './print.ts';
import { writeSession } from './session-file.ts';
import { walkWithPerson } from './with-person.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof diagnose>(invocation);
  const [word] = invocation.args;
  const knowledge = await deps.knowledge();
  const found = await gather(word, options, invocation.globals, knowledge, io, deps);
  if (found === null) return 130;
  const prompter = options.noInput || options.output !== 'table' ? null : await io.prompter();
  if (prompter === null) {
    refuseUnnamed(found, knowledge);
    const document = await settle(knowledge, found, options, io, false);
    return document.fault ? 1 : 0;
  }
  const style = await styleOf(io, false);
  const walked = await walkWithPerson(knowledge, found, prompter, io, style);
  if (walked.ended === 'interrupted') return 130;
  const done: Case = { ...found, aim: walked.aim, answers: walked.answers };
  if (walked.ended === 'quit') return keep(knowledge, done, options, io);
  const document = await settle(knowledge, done, options, io, true);
  return document.fault ? 1 : 0;
};

/** Judges, saves where that was asked for, and prints. `walked`: the path is on the screen already. */
async function settle(
  knowledge: Knowledge,
  found: Case,
  options: Options,
  io: Io,
  walked: boolean,
): Promise<DiagnosisDocument> {
  const document = documentOf(knowledge, found);
  if (options.save !== undefined) {
    save(options.save, found, document, options.force);
    io.err(`saved; look at it again with: kmedic diagnose replay ${quote(options.save)}\n`);
  }
  await printDiagnosis(document, found.evidence.recording, options, found.reach, io, walked);
  return document;
}

/** Saves a walk that was left, and says how to go on with it. */
function keep(knowledge: Knowledge, found: Case, options: Options, io: Io): ExitCode {
  const stamp = new Date(io.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const file = options.save ?? `diagnosis-${stamp}.kmedic`;
  const document = documentOf(knowledge, found);
  save(file, found, document, options.force);
  io.out(`saved; go on with: kmedic diagnose --resume ${quote(file)}\n`);
  return document.fault ? 1 : 0;
}

function documentOf(knowledge: Knowledge, { evidence, aim, answers, reach }: Case): DiagnosisDocument {
  const judged: Diagnosis = judge(knowledge, evidence, aim, answers);
  const version = treesVersion(knowledge.trees.values());
  return buildDiagnosis(knowledge, version, evidence, judged, (command) => sayCommand(command, reach));
}

function save(
  file: string,
  { evidence, aim, answers, reach }: Case,
  diagnosis: DiagnosisDocument,
  force: boolean,
): void {
  writeSession(
    file,
    {
      kind: 'session',
      version: SESSION_VERSION,
      aim: { ...aim, also: [...aim.also] },
      reach: [...reach],
      client: evidence.client,
      logDir: evidence.logDir,
      answers: [...answers],
      diagnosis,
      recording: evidence.recording,
    },
    force,
  );
}

/** A tree that nothing calls for by itself has to be told whom it is about. */
function refuseUnnamed({ aim, evidence }: Case, knowledge: Knowledge): void {
  const tree = aim.tree === null ? undefined : knowledge.trees.get(aim.tree);
  if (tree === undefined || choose(knowledge, evidence, { ...aim, also: [] }).walks.length > 0) return;
  if (tree.subject === 'client')
    throw usage(
      `diagnose ${tree.id} is about a client's settings, which cannot be seen from the cluster`,
      'give its properties file: --client-config producer.properties',
    );
  if (tree.entry === null)
    throw usage(`diagnose ${tree.id} is about one ${tree.subject}`, `name it: --${tree.subject} NAME`);
}
