import { makePlan } from '../../../offsets/make-plan.ts';
import { type Globals, optionsOf } from '../../command.ts';
import { aimOf } from './aim.ts';
import { showPlan } from './carry-out.ts';
import { offsetsPlan } from './descriptors.ts';
import { byPattern, chosenGroups, explained, scopeOf, who, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsPlan>(invocation);
  const groups = chosenGroups(invocation.args, options);
  const scope = scopeOf(options.topic, options.allTopics);
  const aim = aimOf(invocation.options, scope, io.now());
  // A plan is a document: without another wish it is JSON, so that it can be redirected to a file.
  const globals: Globals = { ...invocation.globals, output: jsonUnless(invocation.globals.output) };
  return withSession(globals, deps, async (session) => {
    const request = { action: 'reset' as const, groups, scope, aim, measureMs: options.window ?? 0, by: who() };
    const plan = await makePlan(session.client, request);
    const making = { session, invocation: { ...invocation, globals }, command: offsetsPlan, io };
    return showPlan(plan, { ...making, pattern: byPattern(groups) });
  });
});

function jsonUnless(output: Globals['output']): Globals['output'] {
  return output === 'table' ? 'json' : output;
}
