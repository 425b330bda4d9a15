import { describe, expect, it } from 'vitest';
import type { StartClusterOptions } from '../../src/cli/deps.ts';
import { AT_MS, commit, group, member, partition, snapshot, topic } from '../health/build-snapshot.ts';
import { runCli } from './run-cli.ts';

const brokers = [
  { id: 1, host: '127.0.0.1', port: 41_092 },
  { id: 2, host: '127.0.0.1', port: 41_093 },
];

function starting() {
  const seen: { options: StartClusterOptions | null; closed: number } = { options: null, closed: 0 };
  const cluster = { brokers, readyInMs: 140, close: async () => void seen.closed++ };
  return { seen, cluster };
}

describe('kmedic broker start', () => {
  it('hands its options over, prints where it listens, and closes', async () => {
    const { seen, cluster } = starting();
    const deps = {
      startCluster: async (options: StartClusterOptions) => {
        seen.options = options;
        options.log?.('info', 'up\u001b[2J', { node: 1 });
        return cluster;
      },
    };
    const argv = ['broker', 'start', '--nodes', '2', '--port', '41092', '--topic', 'orders:3:2', '--topic', 'x'];
    const run = runCli([...argv, '--config', 'a.b=c=d', '--data-dir', '/d', '--racks', 'r1, r2', '--log', 'json'], {
      deps,
      interruptAt: 'listening on',
    });
    const { code, out, err } = await run;
    expect({ code, out, closed: seen.closed }).toEqual({
      code: 0,
      out: 'listening on 127.0.0.1:41092,127.0.0.1:41093\n',
      closed: 1,
    });
    expect(seen.options).toMatchObject({
      nodes: 2,
      port: 41_092,
      host: '127.0.0.1',
      dataDir: '/d',
      racks: ['r1', 'r2'],
      config: { 'a.b': 'c=d' },
      topics: [
        { name: 'orders', partitions: 3, replicationFactor: 2 },
        { name: 'x', partitions: 1, replicationFactor: 2 },
      ],
    });
    expect(JSON.parse(err.split('\n')[0] ?? '')).toMatchObject({ level: 'info', node: 1 });
  });

  it.each([
    [['--topic', 'a:b'], 'not name:partitions:replication-factor'],
    [['--topic', 'a:1:9'], '9 replicas need as many nodes'],
    [['--config', 'novalue'], 'not key=value'],
    [['--port', '65534'], 'beyond 65535'],
    [['--nodes', '0'], 'not a whole number'],
  ])('refuses %j before anything is started', async (argv, words) => {
    const { code, err } = await runCli(['broker', 'start', ...argv]);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });

  it.each([
    ['port-in-use', 4, '--port 0'],
    ['directory-foreign', 4, 'nothing in this one was touched'],
    ['directory-in-use', 4, 'stop the other process'],
    ['bad-option', 2, ''],
  ])('explains %s', async (reason, exit, words) => {
    const error = Object.assign(new Error('no'), { name: 'ClusterStartError', reason });
    const { code, err, out } = await runCli(['broker', 'start'], {
      deps: { startCluster: () => Promise.reject(error) },
    });
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(words);
  });
});

describe('kmedic demo', () => {
  const look = (end: number, second: number) =>
    snapshot(
      [topic('orders', [partition(0, end)])],
      [
        group('payments', {
          members: [member('pay-3', { orders: [0] })],
          commits: [commit('orders', 0, 5, { timestampMs: AT_MS - 62_000 })],
        }),
      ],
      { at: new Date(AT_MS + second * 1000).toISOString() },
    );
  const world = () => {
    const { seen, cluster } = starting();
    const scenario = { cluster, story: 'a story', group: 'payments', partition: 'orders:0', close: cluster.close };
    return { seen, cluster: [look(63, 0), look(121, 1)], deps: { startDemo: async () => scenario } };
  };

  it('prints the lag table once on a pipe, and ends', async () => {
    const { seen, ...rest } = world();
    const { code, out, err } = await runCli(['demo'], rest);
    expect({ code, closed: seen.closed }).toEqual({ code: 0, closed: 1 });
    expect(out).toMatchInlineSnapshot(`
      "GROUP     TOPIC   PART  COMMITTED  START  END  LAG  HIDDEN  TIME LAG  OWNER  HOST       VERDICT
      payments  orders     0          5      0  121  116       0     1m03s  pay-3  127.0.0.1  STALL
      "
    `);
    expect(err).toContain('kmedic demo: 2 brokers on 127.0.0.1:41092 41093, in memory, started in 0.14 s');
  });

  it('keeps the incident alive on a terminal until Ctrl-C, and names commands to try', async () => {
    const { seen, ...rest } = world();
    const { code, out } = await runCli(['demo'], { ...rest, columns: 100, interruptAt: 'nothing is left behind' });
    expect({ code, closed: seen.closed }).toEqual({ code: 0, closed: 1 });
    expect(out).toMatchInlineSnapshot(`
      "kmedic demo: 2 brokers on 127.0.0.1:41092 41093, in memory, started in 0.14 s
      a story

      ✗ payments  STALL (likely) on 1 of 1 partition · lag 116, +58/s · oldest unread record 1m03s old
        orders-0: committed 5 unchanged over 1 s while pay-3 keeps its membership, and the record there
          is 1m03s old: a record that cannot be processed?
        next: kmedic offsets peek payments orders:0 -b 127.0.0.1:41092

      GROUP     TOPIC   PART  COMMITTED  START  END  LAG  TIME LAG  OWNER  HOST       VERDICT
      payments  orders     0          5      0  121  116     1m03s  pay-3  127.0.0.1  STALL
      1 group · 1 partition · lag 116 · 0.11 s, 5 round trips

      try, in another terminal:
        kmedic lag payments --watch -b 127.0.0.1:41092
        kmedic offsets peek payments orders:0 -b 127.0.0.1:41092
        kmedic diagnose lag -g payments -b 127.0.0.1:41092
        kmedic groups describe payments -b 127.0.0.1:41092
      Ctrl-C stops the cluster; nothing is left behind.
      "
    `);
  });
});
