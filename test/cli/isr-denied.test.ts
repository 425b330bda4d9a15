import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/cluster/snapshot.ts';
import { group, partition, problem, snapshot, topic } from '../health/build-snapshot.ts';
import { runCli } from './run-cli.ts';

/* A principal that may not see everything: Kafka hides topics from it, and refuses the rest. */

const brokers = [1, 2].map((id) => ({ id, host: `kafka-${id}`, port: 9092, rack: null, problem: null }));
const denied: Problem = { ...problem('CLUSTER_AUTHORIZATION_FAILED'), scope: 'cluster', message: 'not authorised' };
const orders = topic('orders', [partition(0, 10, { leader: 1, replicas: [1, 2], isr: [1, 2], elr: [] })]);
const behind = topic('orders', [partition(0, 10, { leader: 1, replicas: [1, 2], isr: [1], elr: [] })]);

const run = (topics: Parameters<typeof snapshot>[0], ...argv: string[]) =>
  runCli(argv, { cluster: [snapshot(topics, [], { brokers, problems: [denied] })] });

describe('what may not be seen', () => {
  it('is never taken for well', async () => {
    const isr = await run([], 'isr', 'orders');
    expect(isr.err).toContain('no partition can be seen');
    expect(isr.err).toContain(
      'no topic or partition is called orders; no topic can be seen: there is none, or this principal may not DESCRIBE any',
    );
    expect(isr.code).toBe(3);
    const radius = await run([], 'cluster', '--blast-radius', 'topic:orders');
    expect(radius.err).toContain('there is no topic orders\n  no topic can be seen: there is none, or');
    const restart = await run([], 'isr', 'can-restart', '1');
    expect(restart.err).toContain('! unknown: nothing speaks against stopping broker 1, but');
    expect(restart.err).not.toContain('wait until');
    expect(restart.code).toBe(5);
  });

  it('is not waited for', async () => {
    for (const condition of ['healthy', 'can-restart=1']) {
      const { code, out } = await run([], 'wait', 'isr', '--for', condition);
      expect(out).toContain('CLUSTER_AUTHORIZATION_FAILED: not authorised (1 sample');
      expect(code).toBe(3);
    }
  });

  it('nor is a group that may not be described', async () => {
    const hidden = group('payments', { problem: problem('GROUP_AUTHORIZATION_FAILED') });
    for (const condition of ['lag=0', 'empty', 'stable']) {
      const { code, out } = await runCli(['wait', 'group', 'payments', '--for', condition], {
        cluster: [snapshot([orders], [hidden], { brokers })],
      });
      expect(out).toContain('payments: GROUP_AUTHORIZATION_FAILED');
      expect(code).toBe(3);
    }
  });

  it('is not needed to know that replicas are in sync', async () => {
    expect((await run([orders], 'wait', 'isr')).code).toBe(0);
    const { code, out } = await run([behind], 'wait', 'isr', '--timeout', '1s');
    expect(out).toContain('not healthy: 1 of 1 partition, worst orders-0: UNDER-REPLICATED');
    expect(code).toBe(1);
  });

  it('another topic is named where there are some', async () => {
    expect((await run([orders], 'isr', 'billing')).err).toContain(
      'no topic or partition is called billing; topics: orders',
    );
  });
});
