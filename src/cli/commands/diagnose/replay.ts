import { buildDiagnosis, walkOf } from '../../../diagnose/build-diagnosis.ts';
import { diagnose as judge } from '../../../diagnose/diagnose.ts';
import type { DiagnosisDocument } from '../../../diagnose/diagnosis-document.ts';
import { differences } from '../../../diagnose/rejudge.ts';
import { treesVersion } from '../../../diagnose/session.ts';
import { stepLines, walkTitle } from '../../../render/diagnosis-view.ts';
import { optionsOf, type Run } from '../../command.ts';
import { type Io, styleOf } from '../../io.ts';
import type { Prompter } from '../../prompter.ts';
import { sayCommand } from '../../say-command.ts';
import type { diagnoseReplay } from './descriptors.ts';
import { printDiagnosis } from './print.ts';
import { readSession } from './session-file.ts';

/** Judges a saved session again: same evidence, same answers, today's trees. */
export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof diagnoseReplay>(invocation);
  const [file = ''] = invocation.args;
  const knowledge = await deps.knowledge();
  const { recording, client, logDir, aim, answers, reach, diagnosis: before } = readSession(file);
  const evidence = { recording, client, logDir };
  const judged = judge(knowledge, evidence, aim, answers);
  const version = treesVersion(knowledge.trees.values());
  const again = buildDiagnosis(knowledge, version, evidence, judged, (command) => sayCommand(command, reach));
  const document: DiagnosisDocument = {
    ...again,
    replay: { trees: before.trees, differences: differences(before, again) },
  };
  const prompter = options.noInput || options.output !== 'table' ? null : await io.prompter();
  if (prompter !== null) {
    const walks = judged.walks.map((walk) => walkOf(knowledge, walk));
    if (!(await stepByStep(walks, prompter, io))) return 130;
  }
  await printDiagnosis(document, recording, options, reach, io, prompter !== null);
  return document.fault ? 1 : 0;
};

/** Shows one step after the other; false when that was interrupted. */
async function stepByStep(walks: DiagnosisDocument['path'], prompter: Prompter, io: Io): Promise<boolean> {
  const style = await styleOf(io, false);
  for (const walk of walks) {
    io.out(`${walkTitle(walk, style)}\n`);
    for (const [at, step] of walk.steps.entries()) {
      const lines = stepLines(step, at + 1, walk, style);
      const reply = await prompter.choose({
        head: lines,
        choices: [{ id: 'next', text: 'next step' }],
        back: false,
        skip: false,
        quit: 'to the verdict',
        after: ({ kind }) => (kind === 'interrupted' ? [] : lines),
      });
      if (reply.kind === 'interrupted') return false;
      if (reply.kind === 'quit') return true;
    }
  }
  return true;
}
