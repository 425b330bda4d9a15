import { describe, expect, it } from 'vitest';
import type { Injection } from '../../../src/broker/fault/index.ts';
import { type FaultCluster, faultCluster } from './fault-cluster.ts';

/* Faults of all kinds at random, several at once, from a seed; then quiet. What was acknowledged is there, everywhere. */

const SEEDS = Number(process.env['KMEDIC_FAULT_SEEDS'] ?? 10);
const FIRST_SEED = Number(process.env['KMEDIC_FAULT_SEED'] ?? 1);
const STORM_MS = 30_000;
const NODES = [1, 2, 3];

function randomFault({ cluster }: FaultCluster): Injection {
  const { random } = cluster.env;
  const on = 1 + random.below(3);
  const other = NODES.filter((id) => id !== on)[random.below(2)] ?? 1;
  const lasts = 500 + random.below(8000);
  const choices: readonly Injection[] = [
    { fault: 'kill', on, for: lasts },
    { fault: 'stop', on, for: lasts },
    { fault: 'restart', on },
    { fault: 'freeze', on, for: lasts },
    { fault: 'cut-link', on, to: [other], for: lasts },
    { fault: 'cut-link', on, to: ['nodes'], direction: random.below(2) === 0 ? 'in' : 'out', for: lasts },
    { fault: 'cut-link', on, to: ['clients'], for: lasts },
    { fault: 'slow-link', on, to: ['nodes', 'clients'], delay: 1 + random.below(400), jitter: 100, for: lasts },
    { fault: 'slow-disk', on, delay: 1 + random.below(800), for: lasts },
    { fault: 'disk-full', on, for: lasts },
    { fault: 'disk-error', on, for: lasts },
    { fault: 'error', on, api: ['Produce'], error: 'NOT_LEADER_OR_FOLLOWER', every: 2, for: lasts },
    { fault: 'delay-response', on, delay: 1 + random.below(2000), for: lasts },
    { fault: 'drop-response', on, every: 2, for: lasts },
    { fault: 'duplicate-request', on, api: ['Produce'], for: lasts },
    { fault: 'skew-clock', on, by: (random.below(2) === 0 ? -1 : 1) * random.below(7_200_000), for: lasts },
  ];
  const chosen = choices[random.below(choices.length)];
  if (chosen === undefined) throw new Error('no fault was chosen');
  return { ...chosen, label: `n${random.below(1_000_000)}` };
}

/** A storm may leave no moment for a write; all together do. */
let acknowledgedInAll = 0;

function storm(seed: number): void {
  const config = { 'default.replication.factor': '3', 'min.insync.replicas': '2', 'replica.lag.time.max.ms': '3000' };
  const world = faultCluster(3, config, seed);
  const { cluster, faults, running } = world;
  const { scheduler, random } = cluster.env;
  cluster.createTopic('t', [[1, 2, 3]], { 'min.insync.replicas': '2' });
  const acknowledged = new Set<string>();
  const asked: { readonly value: string; readonly pending: ReturnType<typeof cluster.produce> }[] = [];
  const end = scheduler.now() + STORM_MS;
  let nextFault = scheduler.now() + random.below(2000);
  while (scheduler.now() < end) {
    world.run(100);
    if (scheduler.now() >= nextFault) {
      faults.inject(randomFault(world));
      nextFault += 500 + random.below(3000);
    }
    const id = 1 + random.below(3);
    if (running.has(id)) {
      const value = `v${asked.length};`;
      asked.push({ value, pending: cluster.produce(id, 't', [value], -1, 3000) });
    }
  }
  world.until(() => faults.active().length === 0);
  // A log directory that failed is offline until its broker is started again.
  for (const on of NODES) {
    faults.inject({ fault: 'restart', on });
    world.until(() => faults.active().length === 0 && isBack(world));
  }
  world.until(() => isBack(world) && cluster.node(1).node.image().topics.get('t')?.partitions[0]?.isr.length === 3);
  for (const { value, pending } of asked) {
    const { answer } = pending;
    if (typeof answer !== 'object') continue;
    if (answer.responses[0]?.partitionResponses[0]?.errorCode === 0) acknowledged.add(value);
  }
  world.until(() => new Set(NODES.map((id) => bytesOf(world, id).length)).size === 1);
  const logs = NODES.map((id) => bytesOf(world, id).toString('latin1'));
  expect(logs[1]).toEqual(logs[0]);
  expect(logs[2]).toEqual(logs[0]);
  const lost = [...acknowledged].filter((value) => logs[0]?.includes(value) !== true);
  expect(lost).toEqual([]);
  acknowledgedInAll += acknowledged.size;
}

function bytesOf({ cluster }: FaultCluster, id: number): Buffer {
  const log = cluster.node(id).replicas.get('t', 0)?.log;
  if (log === undefined) return Buffer.alloc(0);
  return log.read(log.logStartOffset, 100_000_000, { upTo: log.logEndOffset, minOneMessage: true }).records;
}

/** Whether all nodes run, and know of one another. */
function isBack({ cluster, running }: FaultCluster): boolean {
  return NODES.every((id) => {
    if (!running.has(id)) return false;
    const { brokers } = cluster.node(id).node.image();
    return NODES.every((other) => brokers.get(other)?.fenced === false);
  });
}

describe('a storm of faults', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index))(
    'seed %d: afterwards all replicas have what was acknowledged',
    (seed) => storm(seed),
    60_000,
  );

  it('something was acknowledged', () => {
    expect(acknowledgedInAll).toBeGreaterThan(SEEDS);
  });

  it('a seed gives the same run each time', () => {
    const trace = (seed: number): string => {
      const world = faultCluster(3, {}, seed);
      const seen: string[] = [];
      world.faults.onChange(() => {
        seen.push(`${world.cluster.env.scheduler.now()} ${JSON.stringify(world.faults.active())}`);
      });
      for (let i = 0; i < 10; i++) {
        world.faults.inject(randomFault(world));
        world.run(1500);
      }
      return [...seen, world.cluster.env.network.calls.length].join('\n');
    };
    expect(trace(7)).toBe(trace(7));
    expect(trace(7)).not.toBe(trace(8));
  });
});
