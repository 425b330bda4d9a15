import { entriesOf } from '../../../offsets/journal.ts';
import { makeUndo } from '../../../offsets/make-undo.ts';
import { optionsOf } from '../../command.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsUndo } from './descriptors.ts';
import { explained, journalOf, who, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsUndo>(invocation);
  const [id = null] = invocation.args;
  return withSession(invocation.globals, deps, async (session) => {
    const { clusterId } = (await session.client.metadata([])).body;
    const entries = entriesOf(journalOf(invocation.globals).read(), id, options.group ?? null, clusterId);
    return showOrApply(() => makeUndo(session.client, entries, who()), options, {
      session,
      invocation,
      command: offsetsUndo,
      io,
      pattern: false,
      acceptDrift: options.acceptDrift,
    });
  });
});
