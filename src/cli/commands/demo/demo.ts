import { judgeLag } from '../../../health/judge-lag.ts';
import { sampleOf } from '../../../health/samples.ts';
import { spanText } from '../../../health/span-text.ts';
import { optionsOf, type Run } from '../../command.ts';
import { hintLine } from '../../hint.ts';
import { present } from '../../present.ts';
import { orInterrupted, untilInterrupted } from '../../until-interrupted.ts';
import { lagPresentation } from '../lag/presentation.ts';
import type { demo } from './descriptors.ts';

/** Between the two samples that show the stall. Who waits for a pipe waits for this, too. */
const WINDOW_MS = { terminal: 1000, pipe: 400 };

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof demo>(invocation);
  const { globals } = invocation;
  const progress = await io.progress('starting three brokers and an order service');
  const starting = deps.startDemo({ nodes: 3, port: options.port });
  const scenario = await orInterrupted(starting, io, (late) => late.close()).finally(() => progress.stop());
  if (scenario === null) return 130;
  try {
    const { brokers, readyInMs } = scenario.cluster;
    const [first] = brokers;
    const bootstrapServer = `${first?.host}:${first?.port}`;
    const connection = await deps.connect({ ...globals, bootstrapServer });
    try {
      const chatter = io.outIsTty && globals.output === 'table' ? io.out : io.err;
      const ports = brokers.map(({ port }) => port).join(' ');
      chatter(
        `kmedic demo: ${brokers.length} brokers on ${first?.host}:${ports}, in memory, started in ${spanText(readyInMs)}\n${scenario.story}\n\n`,
      );
      const request = {
        groups: { names: [scenario.group] },
        want: { members: true, commits: true, offsets: true, lastStable: true, logEnd: true, commitTimestamps: true },
      };
      const earlier = sampleOf(await connection.observe(request), 'read_uncommitted');
      await io.sleep(io.outIsTty ? WINDOW_MS.terminal : WINDOW_MS.pipe);
      if (io.interrupted.aborted) return 0;
      const judging = { isolation: 'read_uncommitted', oldAfterMs: 60_000 } as const;
      const report = judgeLag(await connection.observe(request), [earlier], judging);
      const reach = ['-b', bootstrapServer];
      await present(lagPresentation(report, { by: 'partition', sort: 'group' }, null, reach), globals.output, io);
      if (!io.outIsTty) return 0;
      const tries = [
        { command: ['lag'], subject: scenario.group, options: ['--watch'] },
        { command: ['offsets', 'peek'], subject: scenario.group, more: [scenario.partition], options: [] },
        { command: ['diagnose'], subject: 'lag', options: ['-g', scenario.group] },
        { command: ['groups', 'describe'], subject: scenario.group, options: [] },
      ].map((next) => `  ${hintLine(next, reach)}`);
      chatter(`\ntry, in another terminal:\n${tries.join('\n')}\nCtrl-C stops the cluster; nothing is left behind.\n`);
      await untilInterrupted(io);
      return 0;
    } finally {
      await connection.close();
    }
  } finally {
    await scenario.close();
  }
};
