import { observe } from '../../../cluster/observe.ts';
import { type Gathered, gather, gatheredFrom } from '../../../offsets/gather.ts';
import type { Invocation } from '../../command.ts';
import type { Deps } from '../../deps.ts';
import { selectGroups } from '../../group-pattern.ts';
import { type KnownNames, knownNames } from '../../known-names.ts';
import { withoutMissing } from '../../missing-groups.ts';
import { missingElsewhere } from '../../missing-topics.ts';
import { openSource } from '../../source.ts';
import { type OffsetsDocument, offsetsDocument } from './offsets-document.ts';
import { scopeOf, withSession } from './session.ts';

/** What the groups of a command line have committed, in the topics of `--topic`: now, or in the newest sample of `--from`. */
export async function committedOffsets(
  { args, globals }: Invocation,
  topics: readonly string[],
  deps: Deps,
): Promise<OffsetsDocument> {
  const groups = selectGroups(args, false);
  const scope = scopeOf(topics);
  if (globals.from === undefined) {
    return withSession(globals, deps, async ({ client }) => {
      const known = knownNames((request) => observe(client, request));
      return documentOf(await gather(client, { groups, topics: [], scope }), known);
    });
  }
  const source = await openSource(globals, deps);
  try {
    const snapshot = await source.observe({ groups, want: { members: true, commits: true, offsets: true } });
    return await documentOf(
      gatheredFrom(snapshot),
      knownNames((request) => source.observe(request)),
    );
  } finally {
    await source.close();
  }

  async function documentOf(gathered: Gathered, known: KnownNames): Promise<OffsetsDocument> {
    const found = await withoutMissing(gathered, groups, known);
    const missing = await missingElsewhere(topics, [...found.topics.values()], known);
    return offsetsDocument({ ...found, problems: [...found.problems, ...missing] }, scope);
  }
}
