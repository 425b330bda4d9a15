import type { ExitCode, Run } from '../../command.ts';
import { withSession } from '../offsets/session.ts';
import { requireFaults } from './faults.ts';
import { presentFaults } from './faults-view.ts';

export const run: Run = (invocation, io, deps) =>
  withSession<ExitCode>(invocation.globals, deps, async ({ client }) => {
    await presentFaults('listed', await requireFaults(client), () => [], invocation.globals.output, io);
    return 0;
  });
