import { makePlan } from '../../../offsets/make-plan.ts';
import { optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsClone } from './descriptors.ts';
import { explained, scopeOf, who, withSession } from './session.ts';

export const run = explained((invocation, io, deps) => {
  const options = optionsOf<typeof offsetsClone>(invocation);
  const [from, to, ...more] = invocation.args;
  if (from === undefined || to === undefined || more.length > 0) {
    throw usage(
      'name two groups: the one to copy from, and the one to set',
      'kmedic offsets clone payments payments-v2',
    );
  }
  if (from === to) throw usage(`${from} cannot be copied to itself`);
  const scope = scopeOf(options.topic);
  const parsed = { target: { kind: 'group', group: from } as const, text: `clone ${from}`, note: null };
  const aim = { kind: 'one', parsed } as const;
  return withSession(invocation.globals, deps, (session) =>
    showOrApply(
      () => makePlan(session.client, { action: 'clone', groups: { names: [to] }, scope, aim, measureMs: 0, by: who() }),
      options,
      { session, invocation, command: offsetsClone, io, pattern: false },
    ),
  );
});
