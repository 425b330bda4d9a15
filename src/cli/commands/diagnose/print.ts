import type { Recording } from '../../../cluster/recording.ts';
import type { DiagnosisDocument } from '../../../diagnose/diagnosis-document.ts';
import { conclusionLines, diagnosisLines } from '../../../render/diagnosis-view.ts';
import { type Io, styleOf } from '../../io.ts';
import { problemLines } from '../../present.ts';
import type { DIAGNOSIS_OUTPUTS } from './descriptors.ts';

/** Prints a diagnosis as it was asked for. `walked`: its path is on the screen already. */
export async function printDiagnosis(
  document: DiagnosisDocument,
  recording: Recording,
  { output, showSources }: { readonly output: (typeof DIAGNOSIS_OUTPUTS)[number]; readonly showSources: boolean },
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
      const lines = (walked ? conclusionLines : diagnosisLines)(document, style, { showSources });
      io.out(`${walked ? '\n' : ''}${lines.join('\n')}\n`);
      for (const line of problemLines(document.errors)) io.err(`${line}\n`);
    }
  }
}
