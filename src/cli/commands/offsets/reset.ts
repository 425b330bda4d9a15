import { makePlan } from '../../../offsets/make-plan.ts';
import { optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { aimOf } from './aim.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsReset } from './descriptors.ts';
import { planCsv } from './plan-csv.ts';
import { byPattern, chosenGroups, explained, scopeOf, who, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsReset>(invocation);
  const { globals } = invocation;
  if (options.dryRun && options.execute) throw usage('--dry-run and --execute exclude one another');
  const groups = chosenGroups(invocation.args, options);
  const scope = scopeOf(options.topic, options.allTopics);
  const aim = aimOf(invocation.options, scope, io.now());
  return withSession(globals, deps, (session) => {
    const make = () =>
      makePlan(session.client, { action: 'reset', groups, scope, aim, measureMs: options.window ?? 0, by: who() });
    const exported = options.export
      ? async () => {
          const plan = await make();
          io.out(planCsv(plan));
          return plan;
        }
      : make;
    // The CSV is the data of standard output: what is said for people goes to standard error then.
    const out = options.export ? { ...io, out: io.err, outIsTty: false } : io;
    return showOrApply(exported, options, {
      session,
      invocation,
      command: offsetsReset,
      io: out,
      pattern: byPattern(groups),
    });
  });
});
