import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/registry.ts';
import { clusterDocumentSchema } from '../../src/health/cluster-report.ts';
import { electionDocumentSchema } from '../../src/health/elect-plan.ts';
import { type IsrDocument, isrDocumentSchema, restartDocumentSchema } from '../../src/health/isr-document.ts';
import { waitDocumentSchema } from '../../src/health/wait-condition.ts';
import { partition, problem, snapshot, topic } from '../health/build-snapshot.ts';
import { produce, startWorld, type World } from '../offsets/world.ts';
import { until } from '../until.ts';
import { runOffsets } from './offsets-cli.ts';
import { runCli } from './run-cli.ts';
import { sent } from './sent-requests.ts';

vi.mock('../../src/client/kafkajs-channel.ts', async (original) =>
  (await import('./sent-requests.ts')).notingRequests(original),
);

/** ListOffsets, Metadata, OffsetFetch, FindCoordinator, Describe*, List*: nothing that a broker keeps. */
const READ_ONLY = new Set([2, 3, 9, 10, 15, 16, 32, 35, 46, 55, 60, 69, 75, 77, 89, 90]);

describe('kmedic isr on the bundled broker', () => {
  let world: World;
  const run = (...argv: string[]) => runOffsets(world, argv);
  const isr = async (...argv: string[]): Promise<IsrDocument> =>
    isrDocumentSchema.parse(JSON.parse((await run('isr', ...argv, '-o', 'json')).out));

  async function untilIsr(what: string, holds: (document: IsrDocument) => boolean): Promise<void> {
    let seen: IsrDocument | undefined;
    await until(
      () => `${what}\n${JSON.stringify(seen, null, 1)}`,
      async () => {
        seen = await isr();
        return holds(seen);
      },
      { withinMs: 50_000, everyMs: 20 },
    );
  }

  beforeAll(async () => {
    world = await startWorld(
      [
        { name: 'ledger', partitions: 2 },
        { name: 'orders', partitions: 3 },
      ],
      3,
      { 'min.insync.replicas': '2' },
    );
    await produce(world.client, 'orders', 0, [1, 2, 3]);
  });
  afterAll(async () => world.close());

  it('is all well while everybody is there, and only reads', async () => {
    await untilIsr('a healthy start', ({ partitions }) => partitions.every(({ missing }) => missing.length === 0));
    sent.length = 0;
    const { code, out, err } = await run('isr', '--exit-code');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^✓ 5 partitions, every replica in sync\n/) });
    expect(out.split('\n')).toHaveLength(7);
    expect((await run('isr', '--only-problems')).out.split('\n')).toHaveLength(2);
    expect((await run('isr', 'can-restart', '2')).code).toBe(0);
    expect((await run('cluster', '--blast-radius', 'topic:orders')).code).toBe(0);
    expect((await run('wait', 'isr', '--for', 'healthy', '--consecutive', '2', '--interval', '1ms')).code).toBe(0);
    expect((await run('wait', 'isr', '--for', 'can-restart=2')).code).toBe(0);
    expect((await run('isr', 'elect', '--preferred')).code).toBe(0);
    expect([...sent].filter((key) => !READ_ONLY.has(key))).toEqual([]);
  });

  it('counts its round trips, and asks followers only where a replica is missing', async () => {
    const { out } = await run('isr', '-o', 'table');
    expect(out).not.toBe('');
    const { err } = await run('isr');
    expect(err).toMatch(/5 partitions of 5 · .*, 2 round trips/);
  });

  it('shows what a stopped node does, foretells what the next one would, and waits', async () => {
    await world.cluster.stopNode(3);
    await untilIsr('node 3 out of every ISR', ({ partitions }) =>
      partitions.every(({ isr: members }) => !members.includes(3)),
    );
    const document = await isr();
    expect(document.partitions.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 5 }, () => 'AT-MIN-ISR'));
    expect(document.partitions.every(({ missing }) => missing[0]?.broker === 3 && missing[0].state === 'down')).toBe(
      true,
    );
    expect(document.causes).toEqual([
      expect.stringMatching(
        /^broker 3 left the cluster, the controllers last heard of it .* ago; partitions that miss it: 5$/,
      ),
    ]);
    expect((await isr('--under-replicated')).partitions).toHaveLength(5);
    expect(
      (await isr('--at-min-isr', 'orders:0,1')).partitions.map(({ topic: name, partition: id }) => `${name}-${id}`),
    ).toEqual(['orders-0', 'orders-1']);
    expect((await isr('--under-min-isr', '--offline')).partitions).toEqual([]);

    const forecast = restartDocumentSchema.parse(JSON.parse((await run('isr', 'can-restart', '2', '-o', 'json')).out));
    expect(forecast).toMatchObject({ safe: false, brokers: [2], quorum: { voters: 3, needed: 2, now: 2, after: 1 } });
    expect(forecast.hits.map(({ fate }) => fate)).toEqual(Array.from({ length: 5 }, () => 'under-min-isr'));
    const text = await run('isr', 'can-restart', '2');
    expect(text.code).toBe(1);
    expect(text.err).toMatch(/^✗ no: stopping broker 2 now would\n/);
    expect(text.err).toMatch(/wait until it is safe: kmedic wait isr --for can-restart=2 --timeout 30m -b/);
    expect((await run('isr', 'can-restart', '3')).err).toMatch(/broker 3 is not in the cluster now/);

    const waited = await run('wait', 'isr', '--timeout', '30ms', '--interval', '10ms', '-o', 'json');
    expect(waited.code).toBe(1);
    expect(waitDocumentSchema.parse(JSON.parse(waited.out))).toMatchObject({ met: false, for: 'isr healthy' });

    const cluster = clusterDocumentSchema.parse(JSON.parse((await run('cluster', '-o', 'json')).out));
    expect(cluster.brokers.map(({ broker, status }) => [broker, status])).toEqual([
      [1, 'up'],
      [2, 'up'],
      [3, 'fenced'],
    ]);
    expect(cluster.brokers.filter(({ controller }) => controller)).toHaveLength(1);

    // A recording holds all of it.
    const file = join(world.state, 'incident.json');
    expect((await run('record', file)).code).toBe(0);
    const recorded = isrDocumentSchema.parse(JSON.parse((await runCli(['isr', '--from', file, '-o', 'json'])).out));
    const timeless = ({ partitions }: IsrDocument) => partitions.map((row) => ({ ...row, sinceMs: null }));
    expect(timeless(recorded)).toEqual(timeless(await isr()));
    expect((await runCli(['isr', 'can-restart', '2', '--from', file])).code).toBe(1);
    expect((await runCli(['cluster', '--from', file, '-o', 'json'])).code).toBe(0);
  });

  it('is healthy again when the node is back; leaders that stayed elsewhere are seen, and elected where the broker can', async () => {
    const waiting = run(
      'wait',
      'isr',
      '--for',
      'healthy',
      '--consecutive',
      '2',
      '--interval',
      '50ms',
      '--timeout',
      '50s',
    );
    await world.cluster.startNode(3);
    expect((await waiting).code).toBe(0);
    const unbalanced = await isr('--unbalanced');
    const plan = electionDocumentSchema.parse(JSON.parse((await run('isr', 'elect', '--preferred', '-o', 'json')).out));
    expect(plan.executed).toBe(false);
    expect(plan.partitions.map(({ topic: name, partition: id, target }) => [name, id, target])).toEqual(
      unbalanced.partitions.map(({ topic: name, partition: id, replicas }) => [name, id, replicas[0]]).sort(),
    );
  });

  it('refuses what is dangerous, unknown or contradictory', async () => {
    expect((await run('isr', 'elect', '--unclean', '--execute')).code).toBe(4);
    expect((await run('isr', 'elect')).code).toBe(2);
    expect((await run('isr', 'elect', '--preferred', '--unclean')).code).toBe(2);
    expect((await run('isr', 'can-restart', '9')).code).toBe(1);
    expect((await run('isr', 'can-restart', 'two')).code).toBe(2);
    expect((await run('isr', 'can-restart', '2', '--under-min-isr')).code).toBe(2);
    expect((await run('wait', 'isr', '--for', 'sunshine')).code).toBe(2);
    expect((await run('wait', 'group', 'pay*')).code).toBe(2);
    expect((await run('cluster', '--blast-radius', 'rack:1')).code).toBe(2);
    const unknown = await run('isr', 'ordres');
    expect(unknown.code).toBe(1);
    expect(unknown.err).toMatch(/ordres: UNKNOWN_TOPIC_OR_PARTITION: .*did you mean orders\?/);
  });

  it('waits for groups', async () => {
    expect((await run('wait', 'group', 'nobody', '--for', 'empty')).code).toBe(0);
    expect(
      (await run('wait', 'group', 'nobody', '--for', 'stable', '--timeout', '5ms', '--interval', '10ms')).code,
    ).toBe(1);
  });

  it('does not give up on a cluster that is not there, until the time is over', async () => {
    const { code, out } = await runOffsets({ bootstrap: '127.0.0.1:22399', state: world.state }, [
      'wait',
      'isr',
      '--timeout',
      '60ms',
      '--interval',
      '10ms',
    ]);
    expect(code).toBe(3);
    expect(out).toMatch(/^✗ isr healthy: not reached: UNREACHABLE/);
  });
});

describe('kmedic isr from a picture', () => {
  const incident = () =>
    snapshot(
      [
        topic(
          'ledger',
          [
            partition(0, 10, {
              leader: 3,
              replicas: [3, 1, 2],
              isr: [3, 2],
              elr: [],
              replicaEnds: [
                { broker: 2, logEnd: 10 },
                { broker: 3, logEnd: 10 },
              ],
            }),
          ],
          { minIsr: 2 },
        ),
        topic(
          'orders',
          [1, 4].map((id) =>
            partition(id, 100, {
              leader: 2,
              replicas: [2, 3, 1],
              isr: [2],
              elr: [],
              logEnd: 79_933,
              replicaEnds: [
                { broker: 2, logEnd: 79_933 },
                { broker: 3, logEnd: 38_911 },
              ],
            }),
          ),
          { minIsr: 2 },
        ),
        topic(
          'evil\u001b[31m',
          [partition(0, 0, { leader: null, replicas: [1], isr: [1], problem: problem('LEADER_NOT_AVAILABLE') })],
          { minIsr: 1 },
        ),
      ],
      [],
      {
        brokers: [2, 3].map((id) => ({ id, host: `kafka-${id}`, port: 9092, rack: `r${id}`, problem: null })),
        fenced: [{ id: 1, host: 'kafka-1', port: 9092, rack: 'r1' }],
        quorum: {
          leader: 2,
          leaderEpoch: 7,
          highWatermark: 100,
          replicas: [1, 2, 3].map((id) => ({
            id,
            voter: true,
            logEnd: 100,
            lag: 0,
            silentMs: id === 1 ? 72_000 : 0,
            behindMs: 0,
          })),
        },
      },
    );

  it('on a terminal: verdict, cause, next command, then the rows', async () => {
    const { out, code } = await runCli(['isr'], { columns: 130, cluster: [incident()] });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "✗ 1 partition has no leader: nobody can read or write it · 2 refuse acks=all writes now · 1 is one failure away from it
        clients: acks=all producers get NOT_ENOUGH_REPLICAS and retry; Java reports only a TimeoutException, after delivery.timeout.ms (2 minutes by default)
        cause: broker 1 (rack r1) left the cluster, the controllers last heard of it 1m12s ago; partitions that miss it: 4
        cause: broker 3 (rack r3) falls behind on every partition that broker 2 leads (2)
        why: kmedic diagnose isr
        before any restart: kmedic isr can-restart 2
        until it is over: kmedic wait isr --for healthy

      HARM           TOPIC         PART  LEADER  REPLICAS  ISR  MIN  FOLLOWERS BEHIND      SINCE
      offline        evil\\x1b[31m     0  none    1         1      1  none                  1m12s
      under min ISR  orders           1  2       2,3,1     2      2  3 by 41 022 · 1 down  -
      under min ISR  orders           4  2       2,3,1     2      2  3 by 41 022 · 1 down  -
      at min ISR     ledger           0  3       3,1,2     3,2    2  1 down                1m12s
      4 partitions of 4 · 0.11 s, 5 round trips
      not shown at 130 columns: ELR, WHAT IT MEANS (-o wide shows all)
      "
    `);
    for (const line of out.split('\n').slice(8, 14)) expect(line.length).toBeLessThanOrEqual(130);
  });

  it('can-restart', async () => {
    const { out, code } = await runCli(['isr', 'can-restart', '2'], { columns: 100, cluster: [incident()] });
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "✗ no: stopping broker 2 now would
        take orders-1, orders-4 offline (nobody else could lead; an unclean election would lose up to 82 044 records)
        put 1 partition under min ISR, where acks=all producers fail: ledger-0
        leave 1 of 3 controllers, 2 are needed: no elections, no metadata changes
        already now: 1 partition offline
        already now: 2 partitions under min ISR
      wait until it is safe: kmedic wait isr --for can-restart=2 --timeout 30m

      BECOMES        TOPIC   PART  LEADER  THEN  ISR  ISR THEN  MIN  ONLY THERE
      offline        orders     1  2       none  2    none        2      41 022
      offline        orders     4  2       none  2    none        2      41 022
      under-min-isr  ledger     0  3       3     3,2  3           2           -
      0.11 s, 5 round trips
      "
    `);
  });

  it('cluster', async () => {
    const { out } = await runCli(['cluster', '--blast-radius', 'broker:2'], { columns: 100, cluster: [incident()] });
    expect(out).toMatchInlineSnapshot(`
      "cluster 5L6g3nShT-eMCtK--X86sw · 3 brokers · 3 topics · 4 partitions
      ✗ broker 1 is fenced
        partitions: 1 OFFLINE · 2 UNDER-MIN-ISR · 1 AT-MIN-ISR
        blast radius of broker:2: 2 topics, 2 partitions led, 0 groups

      TOPIC   PARTITIONS  LED  BROKERS
      ledger           1    0  1,2,3
      orders           2    2  1,2,3

      GROUP  STATE  MEMBERS  COORDINATED  READS
      quorum: leader 2, 3 voters, at most 0 records behind, last heard of 1m12s ago at worst · 0.11 s, 5 round trips
      "
    `);
    expect((await runCli(['cluster'], { columns: 100, cluster: [incident()] })).out).toMatchInlineSnapshot(`
      "cluster 5L6g3nShT-eMCtK--X86sw · 3 brokers · 3 topics · 4 partitions
      ✗ broker 1 is fenced
        partitions: 1 OFFLINE · 2 UNDER-MIN-ISR · 1 AT-MIN-ISR

      BROKER  HOST     PORT  RACK  STATUS  CONTROLLER  LEADERS  REPLICAS  NOT IN SYNC  LOGS  FREE
           1  kafka-1  9092  r1    fenced  no                0         4            3  -     -
           2  kafka-2  9092  r2    up      active            2         3            0  -     -
           3  kafka-3  9092  r3    up      no                1         3            2  -     -

      NODE  ROLE    LOG END  LAG  LAST FETCH  LAST CAUGHT UP
         1  voter       100    0       1m12s             0 s
         2  leader      100    0         0 s             0 s
         3  voter       100    0         0 s             0 s
      quorum: leader 2, 3 voters, at most 0 records behind, last heard of 1m12s ago at worst · 0.11 s, 5 round trips
      not shown at 100 columns: LOG DIRS (-o wide shows all)
      "
    `);
  });

  it('writes nothing raw that a stranger named', async () => {
    for (const output of ['table', 'wide', 'csv', 'json', 'ndjson', 'yaml']) {
      for (const command of [['isr'], ['isr', 'can-restart', '2'], ['cluster', '--show', 'brokers']]) {
        const { out, err } = await runCli([...command, '-o', output], { cluster: [incident()] });
        expect(out + err).not.toContain('\u001b');
      }
    }
  });

  it('gives pipes rows alone, and every hint is a command of this build', async () => {
    const { out, err } = await runCli(['isr'], { cluster: [incident()] });
    expect(out.split('\n')[0]).toMatch(/^HARM +TOPIC +PART +LEADER/);
    expect(out).not.toMatch(/✗/);
    for (const [, words] of err.matchAll(/: kmedic (.*)$/gm)) {
      const path = (words ?? '').split(' ');
      expect(COMMANDS.some((command) => command.path.every((word, at) => path[at] === word))).toBe(true);
    }
    const named = await runCli(['isr', '-o', 'json'], { cluster: [incident()] });
    expect(JSON.parse(named.out).next.map(({ command }: { command: string }) => command)).toEqual([
      'kmedic diagnose isr',
      'kmedic isr can-restart 2',
      'kmedic wait isr --for healthy',
    ]);
  });

  it('waits sample by sample, counts what holds in a row, and says what stands in the way', async () => {
    const well = snapshot([topic('orders', [partition(0, 1)], { minIsr: 2 })], []);
    const sick = incident();
    const { code, out, err } = await runCli(['wait', 'isr', '--consecutive', '2'], {
      cluster: [sick, sick, well, sick, well, well],
    });
    expect(code).toBe(0);
    expect(out).toBe('✓ isr healthy: 1 partition, every replica in sync (6 samples, 0 s)\n');
    // The same again is no news.
    expect(err.split('\n').filter((line) => line.startsWith('·'))).toHaveLength(2);
    const interrupted = await runCli(['wait', 'isr'], { cluster: [sick], onSleep: (_count, interrupt) => interrupt() });
    expect(interrupted.code).toBe(130);
  });
});
