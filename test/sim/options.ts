import type { Random } from '../../src/broker/env.ts';
import { seededRandom } from '../broker/virtual.ts';

/** What can happen to the cluster, with how often it does, relative to the others; 0 never. */
export interface FaultWeights {
  readonly kill: number;
  readonly powerLoss: number;
  readonly stop: number;
  readonly restart: number;
  readonly freeze: number;
  readonly cut: number;
  readonly isolate: number;
  readonly slowLink: number;
  readonly lossyLink: number;
  readonly disorder: number;
  readonly silentFollower: number;
  readonly slowDisk: number;
  readonly clockSkew: number;
  readonly cutClients: number;
  // Of the product's own vocabulary (kmedic.fault.*).
  readonly diskFull: number;
  readonly diskError: number;
  readonly slowLogs: number;
  readonly failedRequests: number;
  readonly lateResponses: number;
  readonly lostResponses: number;
  readonly repeatedRequests: number;
  readonly wallClockSkew: number;
  readonly heldLink: number;
  readonly slowTraffic: number;
  readonly rollingRestart: number;
  readonly movedCoordinator: number;
}

export interface SimTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export interface ProducerMix {
  readonly acks0: number;
  readonly acks1: number;
  readonly acksAll: number;
  readonly idempotent: number;
}

/** All that a seed decides; printed with a failure, so that it can be read what the run was like. */
export interface SimOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly elr: boolean;
  readonly topics: readonly SimTopic[];
  readonly broker: Readonly<Record<string, string>>;
  readonly producers: ProducerMix;
  readonly readers: number;
  readonly groups: readonly number[];
  /** Virtual ms of the phase in which things go wrong. */
  readonly safetyMs: number;
  /** Virtual ms from one fault to the next, on average. */
  readonly faultEveryMs: number;
  /** How many nodes may be down at once. */
  readonly maxDown: number;
  /** What of an unflushed end survives a loss of power: nothing, whole writes up to some byte, or that and garbage. */
  readonly tornWrites: 'none' | 'cut' | 'zeros';
  readonly faults: FaultWeights;
  /** Virtual ms from one administrator's action to the next, on average; 0 is none. */
  readonly adminEveryMs: number;
}

const FAULTS: FaultWeights = {
  kill: 6,
  powerLoss: 4,
  stop: 4,
  restart: 10,
  freeze: 4,
  cut: 6,
  isolate: 4,
  slowLink: 4,
  lossyLink: 3,
  disorder: 3,
  silentFollower: 5,
  slowDisk: 2,
  clockSkew: 2,
  cutClients: 2,
  diskFull: 2,
  diskError: 1,
  slowLogs: 2,
  failedRequests: 5,
  lateResponses: 3,
  lostResponses: 3,
  repeatedRequests: 4,
  wallClockSkew: 2,
  heldLink: 3,
  slowTraffic: 2,
  rollingRestart: 2,
  movedCoordinator: 2,
};

export function expandSeed(seed: number): SimOptions {
  const random = seededRandom(seed);
  const one = <T>(...choices: readonly [T, ...T[]]): T => choices[random.below(choices.length)] ?? choices[0];
  const happens = (percent: number): boolean => random.below(100) < percent;
  const nodes = one(3, 3, 3, 3, 4, 5, 2, 1);
  const replication = () => Math.min(nodes, one(3, 3, 3, 2, 4, 1));
  const faults = Object.fromEntries(
    Object.entries(FAULTS).map(([name, weight]) => [name, happens(70) ? weight : 0]),
  ) as unknown as FaultWeights;
  const topics = Array.from({ length: 1 + random.below(2) }, (_, index) => topicOf(`t${index}`, replication(), random));
  return {
    seed,
    nodes,
    elr: happens(75),
    topics,
    broker: {
      'replica.lag.time.max.ms': one('1000', '2000', '4000'),
      'broker.session.timeout.ms': one('1500', '3000', '6000'),
      'replica.socket.timeout.ms': one('1000', '3000', '30000'),
      'replica.high.watermark.checkpoint.interval.ms': one('500', '2000', '5000'),
      'log.retention.check.interval.ms': '2000',
      'log.cleaner.backoff.ms': '1000',
      'leader.imbalance.check.interval.seconds': one('5', '300'),
      'offsets.topic.num.partitions': one('1', '2'),
      'offsets.topic.replication.factor': String(Math.min(nodes, 3)),
      'offsets.topic.segment.bytes': one('2000', '104857600'),
      'offsets.commit.timeout.ms': one('1000', '5000'),
      'min.insync.replicas': one('1', '2'),
      'group.initial.rebalance.delay.ms': one('0', '500'),
      'group.min.session.timeout.ms': '1000',
      'auto.create.topics.enable': 'false',
    },
    producers: {
      acks0: one(0, 0, 1),
      acks1: one(0, 1),
      acksAll: one(0, 1, 1, 2),
      idempotent: one(1, 1, 2),
    },
    readers: one(1, 2),
    groups: one([], [2], [3], [1, 2]),
    safetyMs: 6000 + random.below(9000),
    faultEveryMs: one(250, 500, 1200),
    maxDown: one(1, 1, Math.max(1, nodes - 1), nodes),
    tornWrites: one('none', 'cut', 'zeros'),
    faults,
    adminEveryMs: one(0, 1500, 4000),
  };
}

/** What becomes of old records; nothing, in most topics. */
const RETENTION: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {},
  {
    'cleanup.policy': 'compact',
    'segment.bytes': '1000',
    'min.cleanable.dirty.ratio': '0.1',
    'delete.retention.ms': '0',
  },
  { 'retention.ms': '4000', 'segment.bytes': '1000' },
  { 'retention.bytes': '3000', 'segment.bytes': '1000' },
];

function topicOf(name: string, replicationFactor: number, random: Random): SimTopic {
  const happens = (percent: number): boolean => random.below(100) < percent;
  const configs: Record<string, string> = {};
  if (happens(70)) configs['min.insync.replicas'] = String(1 + random.below(replicationFactor));
  if (happens(20)) configs['unclean.leader.election.enable'] = 'true';
  if (happens(30)) configs['segment.bytes'] = String(600 + random.below(3000));
  if (happens(20)) configs['index.interval.bytes'] = '100';
  if (happens(15)) configs['flush.messages'] = String(1 + random.below(5));
  if (happens(15)) configs['message.timestamp.type'] = 'LogAppendTime';
  const retention = RETENTION[random.below(RETENTION.length)];
  Object.assign(configs, retention);
  return { name, partitions: 1 + random.below(2), replicationFactor, configs };
}

/** The options as text, one to a line. */
export function describeOptions(options: SimOptions): string {
  return Object.entries(options)
    .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`)
    .join('\n');
}

/** The command that runs this seed again. */
export function replayCommand(seed: number): string {
  return `KMEDIC_SIM_SEED=${seed} npx vitest run test/sim/shard-0.test.ts test/sim/shard-1.test.ts`;
}
