import { describe, expect, it } from 'vitest';
import { planPreferred, planUnclean } from '../../src/health/elect-plan.ts';
import { restartDocumentSchema } from '../../src/health/isr-document.ts';
import { partition, snapshot, topic } from '../health/build-snapshot.ts';
import { runCli } from './run-cli.ts';

/* What waiting cannot mend is no reason to wait. */

const brokers = [1, 2, 3].map((id) => ({ id, host: `kafka-${id}`, port: 9092, rack: null, problem: null }));
const led = (leader: number, replicas: number[], isr = replicas) =>
  partition(0, 10, { leader, replicas, isr, elr: [] });
const healthy = topic('fine', [led(2, [2, 1, 3])], { minIsr: 2 });
const single = topic('single', [led(1, [1])], { minIsr: 1 });
const strict = topic('strict', [led(2, [2, 1, 3])], { minIsr: 3 });
const catchingUp = topic('orders', [led(1, [1, 2, 3], [1, 2])], { minIsr: 2 });

const canRestart = async (topics: Parameters<typeof snapshot>[0], ...argv: string[]) =>
  runCli(['isr', 'can-restart', ...argv], { columns: 110, cluster: [snapshot(topics, [], { brokers })] });
const advice = async (...args: Parameters<typeof canRestart>): Promise<string> =>
  (await canRestart(...args)).out.split('\n\n')[0] ?? '';

describe('kmedic isr can-restart: what to do', () => {
  it('nothing waits for a topic that is as complete as it will be', async () => {
    expect(await advice([healthy, single, strict], '1', '--except', 'tmp-*')).toMatchInlineSnapshot(`
      "✗ no: stopping broker 1 now would
        take single-0 offline (nobody else could lead)
        put 1 partition under min ISR, where acks=all producers fail: strict-0
        leave 1 partition one failure away from read-only or offline: fine-0
      waiting does not help single-0, strict-0: complete, and without a replica to spare (a single one, or min.insync.replicas = replicas)
      if they may fail for as long as it takes, leave them out: kmedic isr can-restart 1 --except 'tmp-*' --except single --except strict"
    `);
    expect((await canRestart([healthy, single], '1', '--except', 'single')).code).toBe(0);
  });

  it('several brokers, and topics that wait for a follower', async () => {
    expect(await advice([single, catchingUp], '1', '3')).toMatchInlineSnapshot(`
      "✗ no: stopping brokers 1, 3 now would
        take single-0 offline (nobody else could lead)
        put 1 partition under min ISR, where acks=all producers fail: orders-0
        move 1 leader
      waiting does not help single-0: complete, and without a replica to spare (so many at once)
      for the rest, wait until it is safe: kmedic wait isr --for can-restart=1,3 --except single --timeout 30m"
    `);
    expect(await advice([catchingUp], '1')).toContain('\nwait until it is safe: kmedic wait isr --for can-restart=1 ');
  });

  it('a controller that is away may come back', async () => {
    const voters = [0, 72_000, 0].map((silentMs, at) => ({
      ...{ id: at + 1, voter: true, logEnd: 10, lag: 0, behindMs: 0 },
      silentMs,
    }));
    const quorum = { leader: 1, leaderEpoch: 1, highWatermark: 10, replicas: voters };
    const { out } = await runCli(['isr', 'can-restart', '1'], {
      columns: 110,
      cluster: [snapshot([single], [], { brokers, quorum })],
    });
    expect(out).toContain(
      '\nfor the rest, wait until it is safe: kmedic wait isr --for can-restart=1 --except single ',
    );
  });

  it('hundreds of topics make no command line', async () => {
    const singles = Array.from({ length: 300 }, (_, at) => topic(`s-${100 + at}`, [led(1, [1])], { minIsr: 1 }));
    const lines = (await advice(singles, '1')).split('\n');
    expect(lines.at(-1)).toBe('if these 300 topics may fail for as long as it takes, leave them out with --except');
  });

  it('the document says which are complete, and who would be left', async () => {
    const { out } = await canRestart([single, catchingUp], '1', '-o', 'json');
    const { hits } = restartDocumentSchema.parse(JSON.parse(out));
    expect(hits.map(({ topic: name, complete, others }) => [name, complete, others])).toEqual([
      ['single', true, 0],
      ['orders', false, 2],
    ]);
  });

  it('a lone controller is never there to spare', async () => {
    const quorum = {
      ...{ leader: 1, leaderEpoch: 1, highWatermark: 10 },
      replicas: [{ id: 1, voter: true, logEnd: 10, lag: 0, silentMs: 0, behindMs: 0 }],
    };
    const { out } = await runCli(['isr', 'can-restart', '1'], {
      columns: 110,
      cluster: [snapshot([healthy], [], { brokers, quorum })],
    });
    expect(out).toContain('waiting does not help: every controller is there, and 1 of 1 have to stay');
  });

  it('a replica in a failed log directory leads nothing, though its broker is alive', async () => {
    const failed = topic('single', [
      partition(0, 10, { leader: null, replicas: [1], isr: [], elr: [1], offlineReplicas: [1] }),
    ]);
    const cluster = () => [snapshot([failed], [], { brokers })];
    const seen = await runCli(['isr'], { columns: 110, cluster: cluster() });
    expect(seen.out).toContain('its log directory is offline (failed or full) until it is restarted');
    expect(seen.out).not.toContain('--unclean');
    const forecast = await runCli(['isr', 'can-restart', '1', '-o', 'json'], { cluster: cluster() });
    expect(restartDocumentSchema.parse(JSON.parse(forecast.out))).toMatchObject({ hits: [], already: { offline: 1 } });
    const state = snapshot([failed], [], { brokers });
    expect(planUnclean(state, () => true)).toMatchObject([{ result: 'refused', target: null }]);
    expect(planPreferred(state, () => true)).toMatchObject([
      { result: 'refused', reason: 'the log directory of broker 1 has failed' },
    ]);
  });

  it('wait isr refuses a broker that nobody has heard of', async () => {
    const { code, err } = await runCli(['wait', 'isr', '--for', 'can-restart=9'], {
      cluster: [snapshot([healthy], [], { brokers })],
    });
    expect(err).toContain('there is no broker 9\n  brokers: 1, 2, 3');
    expect(code).toBe(1);
    const one = await runCli(['wait', 'isr', '--for', 'can-restart=1'], {
      cluster: [snapshot([healthy], [], { brokers })],
    });
    expect(one.out).toContain('broker 1 can be stopped');
    expect((await runCli(['wait', 'isr', '-o', 'csv'])).code).toBe(2);
  });
});

describe('ten thousand partitions', () => {
  const many = Array.from({ length: 1000 }, (_, at) =>
    topic(
      `t-${String(at).padStart(4, '0')}`,
      Array.from({ length: 10 }, (_each, id) => ({ ...led(1, [1, 2, 3]), partition: id })),
      { minIsr: 2 },
    ),
  );
  const cluster = () => [snapshot([...many, catchingUp], [], { brokers })];

  it('leave the verdict on the screen; a pipe and -o wide have every row', async () => {
    const { out } = await runCli(['isr'], { columns: 100, cluster: cluster() });
    const lines = out.split('\n');
    expect(lines.length).toBeLessThan(120);
    expect(lines[0]).toContain('1 partition is one failure away from read-only');
    expect(out).toContain('\n… 9 901 more, the worst of them OK (-o wide shows all)\n');
    expect(out).toContain('\n10 001 partitions of 10 001 · ');
    const restart = await runCli(['isr', 'can-restart', '2'], { columns: 100, cluster: cluster() });
    expect(restart.out).toContain('\n… 9 901 more, the worst of them no-spare (-o wide shows all)\n');
    for (const io of [{ columns: 100, argv: ['-o', 'wide'] }, { argv: [] }]) {
      const all = await runCli(['isr', ...io.argv], { ...io, cluster: cluster() });
      expect(all.out.split('\n').length).toBeGreaterThan(10_000);
    }
  });
});

it('one failure away from what: said as the rows say it', async () => {
  const headline = async (...topics: Parameters<typeof snapshot>[0]) =>
    (await runCli(['isr'], { columns: 110, cluster: [snapshot(topics, [], { brokers })] })).out.split('\n')[0];
  const lastCopy = topic('ledger', [led(1, [1, 2], [1])], { minIsr: 1 });
  expect(await headline(lastCopy)).toBe('! 1 partition is one failure away from offline');
  expect(await headline(lastCopy, catchingUp)).toBe('! 2 partitions are one failure away from read-only or offline');
});
