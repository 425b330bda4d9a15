import type { Random } from '../../src/broker/env.ts';
import type { Injection } from '../../src/broker/fault/index.ts';
import type { FaultWeights } from './options.ts';
import { anyNode, mayFall, pair } from './victims.ts';
import type { SimWorld } from './world.ts';

/*
 * Faults in the words that the command line and any Kafka client have for them: they go through the broker's own fault
 * engine, so that it is part of what is simulated.
 */

/** Where a fault strikes and for how long, ms. */
interface Strike {
  readonly on: number;
  readonly for: number;
  readonly random: Random;
  readonly world: SimWorld;
}

type Make = (strike: Strike) => Injection | null;

const MAX_DURATION_MS = 5000;

/** What a client is told instead of an answer: errors that it has to take as passing, whoever says them. */
const ERRORS: readonly (readonly [api: readonly string[], error: string])[] = [
  [['Produce'], 'NOT_LEADER_OR_FOLLOWER'],
  [['Produce'], 'NOT_ENOUGH_REPLICAS'],
  [['Produce'], 'REQUEST_TIMED_OUT'],
  [['Produce', 'Fetch'], 'KAFKA_STORAGE_ERROR'],
  [['Fetch', 'ListOffsets'], 'NOT_LEADER_OR_FOLLOWER'],
  [['Fetch', 'ListOffsets'], 'UNKNOWN_TOPIC_OR_PARTITION'],
  [['InitProducerId', 'FindCoordinator', 'OffsetFetch'], 'COORDINATOR_LOAD_IN_PROGRESS'],
  [['OffsetCommit', 'OffsetFetch', 'Heartbeat'], 'NOT_COORDINATOR'],
  [['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit'], 'REBALANCE_IN_PROGRESS'],
  [['JoinGroup', 'SyncGroup', 'LeaveGroup'], 'UNKNOWN_MEMBER_ID'],
  [['CreateTopics', 'ElectLeaders', 'AlterPartitionReassignments', 'DeleteRecords'], 'REQUEST_TIMED_OUT'],
];

/** A request that comes twice does no more than the same request once: those of producers that are not idempotent do. */
const REPEATABLE = [
  'Fetch',
  'ListOffsets',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
  'InitProducerId',
  'CreateTopics',
  'DeleteRecords',
  'ElectLeaders',
  'AlterPartitionReassignments',
] as const;

const yesOrNo = (random: Random): 'yes' | 'no' => (random.below(2) === 0 ? 'yes' : 'no');

const PRODUCT_FAULTS = {
  diskFull: ({ on, for: lasts, random, world }) => {
    return mayFall(world) ? { fault: 'disk-full', on, for: lasts, jbod: yesOrNo(random) } : null;
  },
  diskError: ({ on, for: lasts, random, world }) => {
    return mayFall(world) ? { fault: 'disk-error', on, for: lasts, jbod: yesOrNo(random) } : null;
  },
  slowLogs: ({ on, for: lasts, random }) => ({ fault: 'slow-disk', on, for: lasts, delay: 1 + random.below(300) }),
  failedRequests: ({ on, for: lasts, random }) => {
    const [api, error] = ERRORS[random.below(ERRORS.length)] ?? [['Produce'], 'NOT_LEADER_OR_FOLLOWER'];
    return { fault: 'error', on, for: lasts, api, error, every: 1 + random.below(4) };
  },
  lateResponses: ({ on, for: lasts, random }) => {
    const delay = 1 + random.below(1500);
    return { fault: 'delay-response', on, for: lasts, delay, jitter: 1 + random.below(500) };
  },
  lostResponses: ({ on, for: lasts, random }) => {
    const how = random.below(2) === 0 ? 'hang' : 'close';
    return { fault: 'drop-response', on, for: lasts, every: 1 + random.below(5), how };
  },
  repeatedRequests: ({ on, for: lasts, random }) => {
    const every = 1 + random.below(3);
    // The producers `idem-…` number their batches.
    if (random.below(2) === 0) {
      return { fault: 'duplicate-request', on, for: lasts, api: ['Produce'], client: `idem-${random.below(2)}`, every };
    }
    return { fault: 'duplicate-request', on, for: lasts, api: [...REPEATABLE], every };
  },
  wallClockSkew: ({ on, for: lasts, random }) => {
    return { fault: 'skew-clock', on, for: lasts, by: random.below(7_200_000) - 3_600_000 };
  },
  heldLink: ({ for: lasts, random, world }) => {
    const [on, other] = pair(world, random);
    const to = on === other || random.below(4) === 0 ? 'clients' : other;
    const direction = (['both', 'in', 'out'] as const)[random.below(3)] ?? 'both';
    return { fault: 'cut-link', on, to: [to], direction, for: lasts };
  },
  slowTraffic: ({ on, for: lasts, random }) => {
    return { fault: 'slow-link', on, to: ['nodes', 'clients'], delay: 1 + random.below(400), jitter: 50, for: lasts };
  },
  rollingRestart: ({ on, world }) => (mayFall(world) ? { fault: 'restart', on } : null),
  movedCoordinator: ({ random }) => ({ fault: 'move-coordinator', group: `group-${random.below(2)}` }),
} as const satisfies Readonly<Record<string, Make>>;

export type ProductFault = keyof typeof PRODUCT_FAULTS;

export function isProductFault(name: keyof FaultWeights): name is ProductFault {
  return Object.hasOwn(PRODUCT_FAULTS, name);
}

/** Injects one of them; it ends by itself. What it was, in words. */
export function injectProductFault(name: ProductFault, world: SimWorld, random: Random): string {
  const make: Make = PRODUCT_FAULTS[name];
  const injection = make({ on: anyNode(world, random), for: 100 + random.below(MAX_DURATION_MS), random, world });
  if (injection === null) return `(${name})`;
  // A link that changes lets go what it held.
  world.touchAll();
  world.faults.inject({ ...injection, label: `n${random.below(1_000_000)}` });
  return JSON.stringify(injection);
}
