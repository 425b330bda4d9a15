import { observe } from '../../../cluster/observe.ts';
import { effortText } from '../../../render/findings-view.ts';
import type { Sheet } from '../../../render/sheet.ts';
import type { Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { present } from '../../present.ts';
import { withSession } from '../offsets/session.ts';
import { readFaults } from './faults.ts';
import { faultsSheet } from './faults-view.ts';

/** Asks every broker once: a listing of groups is the cheapest question that only the broker itself can answer. */
export const run: Run = (invocation, io, deps) => {
  return withSession(invocation.globals, deps, async ({ client }) => {
    const snapshot = await observe(client, { groups: 'all', want: {} });
    const faults = await readFaults(client);
    const { output } = invocation.globals;
    const { brokers, cluster } = snapshot;
    const sheet: Sheet = {
      summary: true,
      columns: [
        { key: 'broker', header: 'BROKER', kind: 'id', keep: 9 },
        { key: 'host', header: 'HOST', kind: 'text', keep: 9 },
        { key: 'port', header: 'PORT', kind: 'id', keep: 9 },
        { key: 'rack', header: 'RACK', kind: 'text', keep: 1 },
        { key: 'controller', header: 'CONTROLLER', kind: 'text', keep: 2 },
        { key: 'status', header: 'STATUS', kind: 'text', keep: 9, toned: true },
      ],
      rows: brokers.map(({ id, host, port, rack, problem }) => [
        id,
        host,
        port,
        rack,
        cluster.controller === id ? 'yes' : 'no',
        problem?.name ?? 'up',
      ]),
      tone: (at) => (brokers[at]?.problem === null ? 'good' : 'bad'),
    };
    const errors = [...snapshot.problems];
    const body = brokers.map(({ id, host, port, rack, problem }) => ({
      broker: id,
      host,
      port,
      rack,
      controller: cluster.controller === id,
      error: problem?.name ?? null,
    }));
    await present(
      {
        document: () => ({
          kind: 'brokers',
          version: 1,
          at: snapshot.at,
          cluster: { id: cluster.id },
          brokers: body,
          faults,
          errors,
        }),
        lines: () => body,
        sheets: faults === null || faults.length === 0 || output === 'csv' ? [sheet] : [sheet, faultsSheet(faults)],
        after: (style) => [style.theme('muted', effortText(snapshot))],
        problems: errors,
      },
      output,
      io,
    );
    const failed = brokers.flatMap(({ problem }) => problem ?? []);
    return exitForProblems(
      [...errors, ...failed],
      brokers.some(({ problem }) => problem === null),
    );
  });
};
