import { observe } from '../../../cluster/observe.ts';
import type { ObserveRequest } from '../../../cluster/selection.ts';
import type { Broker, Problem, Snapshot } from '../../../cluster/snapshot.ts';
import { effortText } from '../../../render/findings-view.ts';
import type { Sheet } from '../../../render/sheet.ts';
import type { Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { present } from '../../present.ts';
import { withSession } from '../offsets/session.ts';
import { readFaults } from './faults.ts';
import type { BrokersDocument } from './faults-document.ts';
import { faultsSheet } from './faults-view.ts';

/** Asks every broker a small question that it answers from memory; of topics it wants to know nothing. */
const ASK: ObserveRequest = { groups: 'none', topics: 'all', filter: () => false, want: { replication: true } };

/** Every broker that the cluster knows: those that are up or do not answer, and those that it has fenced. */
export const run: Run = (invocation, io, deps) => {
  return withSession(invocation.globals, deps, async ({ client }) => {
    const snapshot = await observe(client, ASK);
    const faults = await readFaults(client);
    const { output } = invocation.globals;
    const { cluster } = snapshot;
    const brokers = brokersOf(snapshot);
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
      rows: brokers.map(({ id, host, port, rack, status }) => [
        id,
        host,
        port,
        rack,
        cluster.controller === id ? 'yes' : 'no',
        status,
      ]),
      tone: (at) => (brokers[at]?.status === 'up' ? 'good' : 'bad'),
    };
    // Of the rest (reassignments, the quorum) nothing is shown, so nothing of it can be missing.
    const errors = brokers.flatMap(({ problem }) => problem ?? []);
    const body = brokers.map(({ id, host, port, rack, status, problem }) => ({
      broker: id,
      host,
      port,
      rack,
      controller: cluster.controller === id,
      status,
      error: problem?.name ?? null,
    }));
    await present(
      {
        document: (): BrokersDocument => ({
          kind: 'brokers',
          version: 1,
          at: snapshot.at,
          cluster: { id: cluster.id },
          brokers: body,
          faults: faults === null ? null : [...faults],
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
    return exitForProblems(
      errors,
      brokers.some(({ status }) => status === 'up'),
    );
  });
};

interface Known extends Omit<Broker, 'problem'> {
  readonly problem: Problem | null;
  /** `up`, `fenced`, or the name of what it was asked in vain with. */
  readonly status: string;
}

/** By id. One that is fenced has left, or is not back yet: its answer is not waited for. */
function brokersOf({ brokers, fenced }: Snapshot): Known[] {
  const known: Known[] = brokers.map((broker) => ({ ...broker, status: broker.problem?.name ?? 'up' }));
  const seen = new Set(known.map(({ id }) => id));
  for (const broker of fenced ?? []) {
    if (!seen.has(broker.id)) known.push({ ...broker, problem: null, status: 'fenced' });
  }
  return known.sort((a, b) => a.id - b.id);
}
