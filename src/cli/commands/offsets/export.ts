import { type CsvOffset, writeOffsetsCsv } from '../../../offsets/csv.ts';
import { optionsOf } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { present, problemLines } from '../../present.ts';
import { committedOffsets } from './committed.ts';
import type { offsetsExport } from './descriptors.ts';
import { offsetsSheet } from './offsets-document.ts';
import { explained } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const { topic } = optionsOf<typeof offsetsExport>(invocation);
  const { output } = invocation.globals;
  const document = await committedOffsets(invocation, topic, deps);
  if (output === 'table' || output === 'csv') {
    const rows = document.groups.flatMap(({ group, offsets }) =>
      offsets.map((row): CsvOffset => ({ group, topic: row.topic, partition: row.partition, offset: row.offset })),
    );
    io.out(writeOffsetsCsv(rows, document.groups.length > 1));
    for (const line of problemLines(document.errors)) io.err(`${line}\n`);
  } else {
    const sheets = [offsetsSheet(document)];
    const lines = () => document.groups;
    await present({ document: () => document, lines, sheets, problems: document.errors }, output, io);
  }
  return exitForProblems(document.errors, document.groups.length > 0);
});
