import { inspect } from '../../../offsets/inspect.ts';
import { readPlan } from '../../../offsets/plan.ts';
import { plainTheme } from '../../../render/theme.ts';
import { optionsOf } from '../../command.ts';
import { readInput } from '../../read-input.ts';
import { outcomeLines } from './apply-view.ts';
import { carryOut, driftKinds, planExit, showPlan } from './carry-out.ts';
import { offsetsApply } from './descriptors.ts';
import { explained, journalOf, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsApply>(invocation);
  const [path = '-'] = invocation.args;
  const { text, name } = readInput(path);
  const plan = readPlan(text, name);
  const acceptDrift = driftKinds(options.acceptDrift);
  return withSession(invocation.globals, deps, async (session) => {
    const making = { session, invocation, command: offsetsApply, io, pattern: false, acceptDrift: options.acceptDrift };
    if (options.execute) return carryOut(plan, options, making);
    await showPlan(plan, making);
    const { outcomes } = await inspect(session.client, plan, {
      journal: journalOf(invocation.globals),
      partial: options.partial,
      acceptDrift,
    });
    const refused = [...outcomes.values()].filter(({ result }) => result === 'refused');
    const lines = refused.length > 0 ? outcomeLines(refused, plainStyle()) : ['✓ nothing has moved since'];
    io.err(`${lines.join('\n')}\n`);
    return refused.length > 0 ? 4 : planExit(plan);
  });
});

function plainStyle(): Parameters<typeof outcomeLines>[1] {
  return { theme: plainTheme, human: false, width: null, wide: false };
}
