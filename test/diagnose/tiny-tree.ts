import { latestSample, recordingOf } from '../../src/cluster/recording.ts';
import type { Evidence, Fact, Leaf, Probe, Reading, Tree } from '../../src/diagnose/model.ts';
import type { Knowledge } from '../../src/diagnose/walk.ts';
import { commit, group, member, partition, snapshot, topic } from '../health/build-snapshot.ts';

/** Two small trees and their probes: everything that the engine can be asked to do, and nothing that Kafka needs. */

export function leaf(verdict: string, rest: Partial<Leaf> = {}): Leaf {
  return {
    outcome: 'fault',
    verdict,
    because: `${verdict}, because it was seen`,
    actions: [`mend: ${verdict}`],
    commands: ['kmedic lag {group}'],
    originals: [{ original: 'kafka-consumer-groups.sh --describe', kmedic: 'kmedic lag {group}' }],
    sources: [{ document: '002', section: 'debug guide 1' }],
    corrections: [],
    ...rest,
  };
}

export const SLOW: Tree = {
  id: 'slow',
  title: 'A group that falls behind',
  subject: 'group',
  symptoms: [{ id: 'lag-grows', text: 'lag grows', also: ['broken'] }],
  entry: 'is-behind',
  root: 'behind',
  questions: {
    behind: {
      ask: 'Is anything unread?',
      why: 'Without lag there is nothing to explain.',
      probe: 'is-behind',
      howToTell: 'kmedic lag shows it.',
      answers: [
        { id: 'yes', text: 'yes', to: 'batch' },
        { id: 'no', text: 'no', to: 'SLW-00' },
      ],
    },
    batch: {
      ask: 'How long does one batch take to process at worst?',
      why: 'A client that takes longer than max.poll.interval.ms leaves the group.',
      probe: 'batch-time',
      howToTell: 'Time the loop around poll.',
      answers: [
        { id: 'under', text: 'under a minute', to: 'keys' },
        { id: 'over', text: 'over five minutes', to: 'SLW-03' },
      ],
    },
    keys: {
      ask: 'Is one key much more frequent than the others?',
      why: 'A key always lands on the same partition.',
      probe: null,
      howToTell: 'Count keys.',
      answers: [
        { id: 'yes', text: 'yes', to: 'SLW-02' },
        { id: 'no', text: 'no', to: 'SLW-01' },
      ],
    },
  },
  leaves: {
    'SLW-00': leaf('nothing is behind', { outcome: 'sound', actions: [], commands: [] }),
    'SLW-01': leaf('too few consumers', { causedBy: ['BRK-01'] }),
    'SLW-02': leaf('a hot key', { commands: ['kmedic offsets peek {group} {topic}:{partition}'] }),
    'SLW-03': leaf('a batch takes too long'),
  },
  sources: [{ document: '002', section: 'debug guide' }],
};

export const BROKEN: Tree = {
  id: 'broken',
  title: 'A broker is down',
  subject: 'cluster',
  symptoms: [{ id: 'offline', text: 'a partition is offline' }],
  entry: 'is-leaderless',
  root: 'leaderless',
  questions: {
    leaderless: {
      ask: 'Is a partition without a leader?',
      why: 'Nobody can read or write it.',
      probe: 'is-leaderless',
      howToTell: 'kmedic isr --offline lists them.',
      answers: [
        { id: 'yes', text: 'yes', to: 'BRK-01' },
        { id: 'no', text: 'no', to: 'BRK-00' },
      ],
    },
  },
  leaves: {
    'BRK-00': leaf('every partition has a leader', { outcome: 'sound', actions: [], commands: [] }),
    'BRK-01': leaf('a broker is down', { commands: ['kmedic isr --offline'] }),
  },
  sources: [],
};

export function fact(text: string, source = 'ListOffsets'): Fact {
  return { text, value: null, unit: null, source, at: null, windowMs: null };
}

export function probe(id: string, answers: readonly string[], measure: Probe['measure']): Probe {
  return { id, answers, measure };
}

const isBehind = probe('is-behind', ['yes', 'no'], ({ recording }, { name }) => {
  const { groups, topics } = latestSample(recording);
  const commits = groups.find((each) => each.group === name)?.commits ?? [];
  const behind = commits.filter(({ topic: topicName, partition: id, offset }) => {
    const end = topics.find((each) => each.topic === topicName)?.partitions[id]?.highWatermark ?? null;
    return end !== null && offset !== null && offset < end;
  });
  return {
    status: 'measured',
    answer: behind.length > 0 ? 'yes' : 'no',
    facts: [fact(`${behind.length} partitions are behind`)],
    concerns: behind.map((each) => `${each.topic}-${each.partition}`),
  };
});

export const UNTOLD: Reading = {
  status: 'unknown',
  facts: [fact('no --client-config was given', 'consumer.properties')],
  because: "the consumer's own settings cannot be seen from here",
  wouldTell: '--client-config consumer.properties',
};

const batchTime = probe('batch-time', ['under', 'over'], ({ client }) => {
  const interval = client?.properties['max.poll.interval.ms'];
  if (interval === undefined) return UNTOLD;
  return {
    status: 'measured',
    answer: Number(interval) > 60_000 ? 'over' : 'under',
    facts: [fact(`max.poll.interval.ms is ${interval}`, 'consumer.properties')],
  };
});

const isLeaderless = probe('is-leaderless', ['yes', 'no'], ({ recording }) => {
  const orphans = latestSample(recording).topics.flatMap(({ topic: name, partitions }) =>
    partitions.filter(({ leader }) => leader === null).map((each) => `${name}-${each.partition}`),
  );
  return { status: 'measured', answer: orphans.length > 0 ? 'yes' : 'no', facts: [], concerns: orphans };
});

export function knowledge(probes: readonly Probe[] = [], trees: readonly Tree[] = [BROKEN, SLOW]): Knowledge {
  const all = [isBehind, batchTime, isLeaderless, ...probes];
  return { trees: new Map(trees.map((tree) => [tree.id, tree])), probes: new Map(all.map((each) => [each.id, each])) };
}

/** `payments` is behind on orders-1; every partition has a leader unless said otherwise. */
export function evidence(rest: Partial<Evidence> & { leaderless?: boolean; committed?: number } = {}): Evidence {
  const { leaderless = false, committed = 10, ...more } = rest;
  const orders = topic('orders', [
    partition(0, 100),
    partition(1, 100, leaderless ? { leader: null, isr: [2], offlineReplicas: [2] } : {}),
  ]);
  const payments = group('payments', {
    members: [member('pay-1', { orders: [0, 1] })],
    commits: [commit('orders', 0, 100), commit('orders', 1, committed)],
  });
  return {
    recording: recordingOf(snapshot([orders], [payments])),
    client: null,
    logDir: null,
    ...more,
  };
}

export const PAYMENTS = { kind: 'group', name: 'payments' } as const;
