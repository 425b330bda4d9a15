import { makePlan } from '../../../offsets/make-plan.ts';
import { optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { selectGroups } from '../../group-pattern.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsDelete } from './descriptors.ts';
import { byPattern, explained, scopeOf, who, withSession } from './session.ts';

export const run = explained((invocation, io, deps) => {
  const options = optionsOf<typeof offsetsDelete>(invocation);
  if (options.topic.length === 0) {
    throw usage('name what is to go with --topic', 'a whole group with its offsets: kmedic groups delete');
  }
  const groups = selectGroups(invocation.args, false);
  const scope = scopeOf(options.topic);
  return withSession(invocation.globals, deps, (session) =>
    showOrApply(
      () =>
        makePlan(session.client, { action: 'delete', groups, scope, aim: { kind: 'remove' }, measureMs: 0, by: who() }),
      options,
      { session, invocation, command: offsetsDelete, io, pattern: byPattern(groups) },
    ),
  );
});
