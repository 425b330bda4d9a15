import { latestSample, type Recording } from '../../../cluster/recording.ts';
import type { DiagnosisDocument } from '../../../diagnose/diagnosis-document.ts';
import { conclusionLines, diagnosisLines } from '../../../render/diagnosis-view.ts';
import { type Io, styleOf } from '../../io.ts';
import { problemLines } from '../../present.ts';
import { sayCommand } from '../../say-command.ts';
import type { DIAGNOSIS_OUTPUTS } from './descriptors.ts';

/** Prints a diagnosis as it was asked for. `walked`: its path is on the screen already. */
export async function printDiagnosis(
  document: DiagnosisDocument,
  recording: Recording,
  { output, showSources }: { readonly output: (typeof DIAGNOSIS_OUTPUTS)[number]; readonly showSources: boolean },
  reach: readonly string[],
  io: Io,
  walked: boolean,
): Promise<void> {
  switch (output) {
    case 'json':
      // Of ten thousand groups it is a hundred megabytes.
      for (const piece of (await import('../../../render/json-pieces.ts')).jsonPieces(document)) {
        io.out(piece);
        await io.drained();
      }
      return;
    case 'yaml':
      return io.out((await import('../../../render/yaml.ts')).renderYaml(document));
    case 'markdown':
      return io.out(
        (await import('../../../render/report-markdown.ts')).reportMarkdown(
          { recording, diagnosis: document },
          { showSources },
        ),
      );
    case 'table': {
      const style = await styleOf(io, false);
      const lines = (walked ? conclusionLines : diagnosisLines)(document, style, {
        showSources,
        beginnings: beginningsOf(recording, reach),
      });
      io.out(`${walked ? '\n' : ''}${lines.join('\n')}\n`);
      for (const line of problemLines(document.errors)) io.err(`${line}\n`);
    }
  }
}

/** Where to begin with what no cluster shows; for the group there is, if there is a single one. */
function beginningsOf(recording: Recording, reach: readonly string[]): string[] {
  const [first, ...others] = latestSample(recording).groups;
  const group = first === undefined || others.length > 0 ? '<group>' : first.group;
  return [
    ['diagnose', 'lost', '-g', group],
    ['diagnose', 'duplicates', '-g', group],
    ['diagnose', 'producer-timeouts', '--client-config', 'producer.properties'],
    ['runbook'],
  ].map((words) => sayCommand({ words, behind: [] }, reach));
}
