import { gather } from '../../../offsets/gather.ts';
import { optionsOf } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { selectGroups } from '../../group-pattern.ts';
import { present } from '../../present.ts';
import type { offsetsShow } from './descriptors.ts';
import { offsetsDocument, offsetsSheet } from './offsets-document.ts';
import { explained, scopeOf, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsShow>(invocation);
  const groups = selectGroups(invocation.args, false);
  const scope = scopeOf(options.topic);
  return withSession(invocation.globals, deps, async (session) => {
    const document = offsetsDocument(await gather(session.client, { groups, topics: [], scope }), scope);
    await present(
      {
        document: () => document,
        lines: () => document.groups,
        sheets: document.groups.length === 0 ? [] : [offsetsSheet(document)],
        problems: document.errors,
      },
      invocation.globals.output,
      io,
    );
    return exitForProblems(document.errors, document.groups.length > 0);
  });
});
