import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/cli/deps.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { deletionDocumentSchema } from '../../src/health/groups-document.ts';
import { commit, group, member, problem, snapshot } from '../health/build-snapshot.ts';
import { runCli } from './run-cli.ts';

const cluster = (): Snapshot =>
  snapshot(
    [],
    [
      group('busy', { members: [member('pay-1', { orders: [0] })] }),
      group('old', { commits: [commit('orders', 0, 5), commit('orders', 1, 6)] }),
      group('older', { commits: [commit('orders', 0, 1)] }),
      group('secret', { problem: problem('GROUP_AUTHORIZATION_FAILED', 'group secret'), state: null }),
    ],
  );

function world(answers: Record<string, string | null> = {}) {
  const asked: string[][] = [];
  const connection: Connection = {
    name: 'a:1',
    observe: async (request) => {
      const { groups } = request;
      const names = typeof groups === 'object' && 'names' in groups ? groups.names : [];
      const whole = cluster();
      return { ...whole, groups: whole.groups.filter(({ group: name }) => names.includes(name)) };
    },
    record: () => Promise.reject(new Error('record must not be called')),
    deleteGroups: async (groups) => {
      asked.push([...groups]);
      return groups.map((name) => ({ group: name, error: answers[name] ?? null }));
    },
    close: async () => undefined,
  };
  return { asked, deps: { connect: async () => connection } };
}

async function results(argv: readonly string[], answers?: Record<string, string | null>) {
  const { asked, deps } = world(answers);
  const { code, out } = await runCli(['groups', 'delete', ...argv, '-o', 'json'], { deps });
  const document = deletionDocumentSchema.parse(JSON.parse(out));
  return { code, asked, results: document.groups.map(({ group: name, result }) => `${name} ${result}`) };
}

describe('kmedic groups delete', () => {
  it('changes nothing without --execute, and says how to', async () => {
    const { asked, deps } = world();
    const { code, out } = await runCli(['groups', 'delete', 'old', '-b', 'a:1'], { deps, columns: 100 });
    expect({ code, asked }).toEqual({ code: 0, asked: [] });
    expect(out).toContain('old    Empty        2  would-delete');
    expect(out).toContain('kmedic groups delete old --execute -b a:1');
  });

  it('deletes with --execute, all groups in one go', async () => {
    expect(await results(['old', 'older', '--execute'])).toEqual({
      code: 0,
      asked: [['old', 'older']],
      results: ['old deleted', 'older deleted'],
    });
  });

  it('refuses a group with members by name, exit 4, and asks the broker for nothing', async () => {
    const { asked, deps } = world();
    const { code, out } = await runCli(['groups', 'delete', 'busy', '--execute'], { deps });
    expect({ code, asked }).toEqual({ code: 4, asked: [] });
    expect(out).toContain('1 member is in it (Stable): pay-1 127.0.0.1; stop its members first');
  });

  it('does what it can, says what it could not, exit 5', async () => {
    expect(await results(['old', 'busy', 'nope', 'secret', '--execute'])).toEqual({
      code: 5,
      asked: [['old']],
      results: ['old deleted', 'busy refused', 'nope not-found', 'secret failed'],
    });
  });

  it('believes the broker when a member joined in the meantime', async () => {
    expect(await results(['old', '--execute'], { old: 'NON_EMPTY_GROUP' })).toMatchObject({
      code: 4,
      results: ['old refused'],
    });
  });

  it('exits 3 when it may not read the only group named, and 1 when there is none', async () => {
    expect((await results(['secret'])).code).toBe(3);
    expect((await results(['nope'])).code).toBe(1);
  });

  it('asks before it deletes on a protected cluster', async () => {
    const env = { KMEDIC_PROTECTED: '1' };
    const { asked, deps } = world();
    const refused = await runCli(['groups', 'delete', 'old', '--execute'], { deps, env });
    expect({ code: refused.code, asked }).toEqual({ code: 4, asked: [] });
    expect(refused.err).toMatch(/this cluster is protected, and nobody is there to confirm it.*\n.*--yes/);
    expect((await runCli(['groups', 'delete', 'old', '--execute', '--yes'], { deps, env })).code).toBe(0);
    expect(asked).toEqual([['old']]);
  });

  it('takes no patterns', async () => {
    expect((await runCli(['groups', 'delete', 'old*'], world())).code).toBe(2);
  });
});
