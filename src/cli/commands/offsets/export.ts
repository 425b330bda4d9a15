import { type CsvOffset, writeOffsetsCsv } from '../../../offsets/csv.ts';
import { gather } from '../../../offsets/gather.ts';
import { optionsOf } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { selectGroups } from '../../group-pattern.ts';
import { present, problemLines } from '../../present.ts';
import type { offsetsExport } from './descriptors.ts';
import { offsetsDocument, offsetsSheet } from './offsets-document.ts';
import { explained, scopeOf, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsExport>(invocation);
  const groups = selectGroups(invocation.args, false);
  const scope = scopeOf(options.topic);
  const { output } = invocation.globals;
  return withSession(invocation.globals, deps, async (session) => {
    const document = offsetsDocument(await gather(session.client, { groups, topics: [], scope }), scope);
    if (output === 'table' || output === 'csv') {
      const rows = document.groups.flatMap(({ group, offsets }) =>
        offsets.map(({ topic, partition, offset }): CsvOffset => ({ group, topic, partition, offset })),
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
});
