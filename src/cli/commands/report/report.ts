import { parseJson, recordingFileBytes, recordingFrom, unpack } from '../../../cluster/read-recording.ts';
import { buildDiagnosis } from '../../../diagnose/build-diagnosis.ts';
import { diagnoseAll } from '../../../diagnose/diagnose.ts';
import { isSession, parseSession, treesVersion } from '../../../diagnose/session.ts';
import type { ReportInput } from '../../../render/report-html.ts';
import { optionsOf, type Run } from '../../command.ts';
import type { Deps } from '../../deps.ts';
import { writePrivateFile } from '../../recording-file.ts';
import { sayCommand } from '../../say-command.ts';
import type { report } from './descriptors.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof report>(invocation);
  const [file = ''] = invocation.args;
  const input = await inputOf(file, deps);
  const markdown =
    (options.output ?? (/\.(?:md|markdown)$/i.test(options.out ?? '') ? 'markdown' : 'html')) === 'markdown';
  const text = markdown
    ? (await import('../../../render/report-markdown.ts')).reportMarkdown(input)
    : (await import('../../../render/report-html.ts')).reportHtml(input);
  if (options.out === undefined) io.out(text);
  else {
    writePrivateFile(options.out, Buffer.from(text), options.force);
    io.err(`written: ${options.out}\n`);
  }
  return 0;
};

/** A session has its own diagnosis, with the answers that were given; a recording is judged by what it shows. */
async function inputOf(file: string, deps: Deps): Promise<ReportInput> {
  const bytes = recordingFileBytes(file);
  const value = parseJson(unpack(bytes, file), file);
  if (isSession(value)) {
    const { recording, diagnosis } = parseSession(bytes, file);
    return { recording, diagnosis };
  }
  const recording = recordingFrom(value, file);
  const knowledge = await deps.knowledge();
  const evidence = { recording, client: null, logDir: null };
  const diagnosis = buildDiagnosis(
    knowledge,
    treesVersion(knowledge.trees.values()),
    evidence,
    diagnoseAll(knowledge, evidence),
    (command) => sayCommand(command, ['--from', file]),
  );
  return { recording, diagnosis };
}
