import { gather, gatheredFrom } from '../../../offsets/gather.ts';
import type { Invocation } from '../../command.ts';
import type { Deps } from '../../deps.ts';
import { selectGroups } from '../../group-pattern.ts';
import { withoutMissing } from '../../missing-groups.ts';
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
    return withSession(globals, deps, async ({ client }) =>
      offsetsDocument(await gather(client, { groups, topics: [], scope }), scope),
    );
  }
  const source = await openSource(globals, deps);
  try {
    const snapshot = await source.observe({ groups, want: { members: true, commits: true, offsets: true } });
    return offsetsDocument(gatheredFrom(withoutMissing(snapshot, groups)), scope);
  } finally {
    await source.close();
  }
}
