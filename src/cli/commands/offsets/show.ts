import { optionsOf } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { present } from '../../present.ts';
import { committedOffsets } from './committed.ts';
import type { offsetsShow } from './descriptors.ts';
import { offsetsSheet } from './offsets-document.ts';
import { explained } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const { topic } = optionsOf<typeof offsetsShow>(invocation);
  const document = await committedOffsets(invocation, topic, deps);
  await present(
    {
      document: () => document,
      lines: () => document.groups,
      sheets: [offsetsSheet(document)],
      skipsEmpty: true,
      problems: document.errors,
    },
    invocation.globals.output,
    io,
  );
  return exitForProblems(document.errors, document.groups.length > 0);
});
