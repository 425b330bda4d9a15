import type { Recording } from '../../../cluster/recording.ts';
import { compareRecordings } from '../../../health/compare.ts';
import { diffLines, diffSheet, foldChanges, foldedLines } from '../../../render/diff-view.ts';
import { optionsOf, type Run } from '../../command.ts';
import type { Deps } from '../../deps.ts';
import { usage } from '../../failure.ts';
import { present } from '../../present.ts';
import type { diff } from './descriptors.ts';

export const run: Run = async (invocation, io, deps) => {
  const [before, after] = await sides(invocation.args, deps);
  const document = compareRecordings(before, after);
  const { output } = invocation.globals;
  const every = output === 'csv' || optionsOf<typeof diff>(invocation).all;
  const rows = every ? document.changes : foldChanges(document.changes);
  await present(
    {
      document: () => document,
      lines: () => document.changes.map((change) => ({ at: document.at, ...change })),
      sheets: [diffSheet(rows)],
      skipsEmpty: true,
      before: (style) => diffLines(document, style),
      after: (style) => foldedLines(document.changes, rows, style),
      problems: [],
    },
    output,
    io,
  );
  return document.worse > 0 ? 1 : 0;
};

/** Two files; or the first sample of one, and all of it. */
async function sides(files: readonly string[], deps: Deps): Promise<readonly [Recording, Recording]> {
  const [first = '', second, ...more] = files;
  if (more.length > 0) throw usage('two recordings are compared, not more');
  const recording = await deps.readRecording(first);
  if (second !== undefined) return [recording, await deps.readRecording(second)];
  const [oldest] = recording.samples;
  if (oldest === undefined || recording.samples.length < 2) {
    throw usage(
      `${first} is one sample: there is nothing to compare it with`,
      'name a second recording, or record a series: kmedic record --out FILE --samples 12 --every 10s',
    );
  }
  // Settings and histories are read once for all samples: they tell nothing of a change.
  return [{ ...recording, samples: [oldest], histories: [], topicConfigs: [], brokerConfigs: [] }, recording];
}
