import type { Partition } from '../../cluster/snapshot.ts';
import type { IsrPartition, MissingReplica } from '../../health/isr-report.ts';
import type { Probe, Reading } from '../model.ts';
import type { Look } from './look.ts';
import { count, fact, measured, place, probe, some, unknown } from './reading.ts';

/** Probes of replication. */

const OFFSETS_TOPIC = '__consumer_offsets';
const METADATA = 'Metadata';

const troubled = (look: Look): IsrPartition[] =>
  look.isr.partitions.filter(({ severity }) => severity === 'error' || severity === 'warn');

const leaderlessOf = (look: Look): IsrPartition[] => look.isr.partitions.filter(({ offline }) => offline);

const concernsOf = (partitions: readonly IsrPartition[], brokers: readonly number[]): string[] => [
  ...brokers.map((id) => `broker ${id}`),
  ...partitions.map(place),
];

/** Brokers with a log directory that is offline, as they tell it themselves. */
export function brokersWithDeadLogDirs(look: Look): number[] {
  return look.latest.brokers
    .filter(({ logDirs = [] }) => logDirs.some(({ error }) => error !== null))
    .map(({ id }) => id);
}

const sortedIds = (ids: Iterable<number>): number[] => [...new Set(ids)].sort((a, b) => a - b);

/** Replicas that are missing where something is wrong, with their partition. */
function missingOf(look: Look): { readonly partition: IsrPartition; readonly replica: MissingReplica }[] {
  return troubled(look).flatMap((partition) => partition.missing.map((replica) => ({ partition, replica })));
}

const isrTrouble = probe('isr-trouble', ['yes', 'no'], (look) => {
  const sick = troubled(look);
  const silent = sortedIds(look.states.silent);
  const flaps = flapping(look);
  if (sick.length === 0 && silent.length === 0 && flaps.length === 0)
    return measured('no', [
      fact(METADATA, `${count(look.isr.partitions.length, 'partition')}, every replica in sync`, { at: look.at }),
    ]);
  return measured(
    'yes',
    [
      fact(METADATA, `short of replicas: ${sick.length} of ${count(look.isr.partitions.length, 'partition')}`, {
        at: look.at,
      }),
    ],
    { concerns: concernsOf([...sick], silent) },
  );
});

export const leaderless = probe('leaderless', ['offsets', 'yes', 'no'], (look) => {
  const lost = leaderlessOf(look);
  if (lost.length === 0) return measured('no', [fact(METADATA, 'every partition has a leader', { at: look.at })]);
  const own = lost.filter(({ topic }) => topic === OFFSETS_TOPIC);
  const others = lost.filter(({ topic }) => topic !== OFFSETS_TOPIC);
  const facts = [
    fact(METADATA, `without a leader: ${some(lost.map(place))}`, {
      value: lost.length,
      unit: 'partitions',
      at: look.at,
    }),
  ];
  // With a topic of its own gone as well, the brokers are the story, not the coordinator.
  if (own.length === 0 || others.length > 0)
    return measured('yes', facts, { concerns: concernsOf([...others, ...own], goneBrokers(look, lost)) });
  const hit = look.latest.groups.filter(({ problem }) => problem !== null).map(({ group }) => group);
  if (hit.length > 0) facts.push(fact('DescribeGroups', `groups without a coordinator: ${some(hit)}`, { at: look.at }));
  return measured('offsets', facts, {
    concerns: [
      ...concernsOf(own, goneBrokers(look, lost)),
      ...hit.map((group) => `group ${group}`),
      // Their other partitions are short of replicas for the same reason.
      ...troubled(look).map(place),
    ],
  });
});

/** Brokers of these partitions that are not in the cluster. */
function goneBrokers(look: Look, partitions: readonly IsrPartition[]): number[] {
  return sortedIds(partitions.flatMap(({ replicas }) => replicas.filter((id) => !look.states.live.has(id))));
}

const leaderlessWhy = probe('leaderless-why', ['log-dir', 'single-copy', 'all-gone', 'in-sync-gone'], (look) => {
  const lost = leaderlessOf(look);
  const dead = new Set(brokersWithDeadLogDirs(look));
  const { live } = look.states;
  const worst = lost.find(({ topic }) => topic !== OFFSETS_TOPIC) ?? lost[0];
  if (worst === undefined) return unknown('no partition is without a leader', 'kmedic isr --offline');
  const gone = goneBrokers(look, lost);
  const facts = [
    fact(METADATA, `${place(worst)}: replicas ${worst.replicas.join(',')}, in sync ${worst.isr.join(',') || 'none'}`, {
      at: look.at,
    }),
    fact(METADATA, `brokers that are not in the cluster: ${gone.join(', ') || 'none'}`, { at: look.at }),
  ];
  const concerns = concernsOf(lost, gone);
  const alive = worst.replicas.filter((id) => live.has(id));
  if (
    alive.length > 0 &&
    worst.replicas.some((id) => live.has(id) && dead.has(id)) &&
    alive.every((id) => dead.has(id))
  )
    return measured('log-dir', facts, { concerns: [...concerns, ...[...dead].map((id) => `broker ${id}`)] });
  if (worst.replicas.length === 1) return measured('single-copy', facts, { concerns });
  return measured(alive.length === 0 ? 'all-gone' : 'in-sync-gone', facts, { concerns });
});

const brokerSilent = probe('broker-silent', ['yes', 'no'], (look) => {
  const silent = sortedIds(look.states.silent);
  if (silent.length === 0)
    return measured('no', [
      fact(METADATA, `every broker in the cluster answers (${look.states.live.size})`, { at: look.at }),
    ]);
  const led = look.isr.partitions.filter(({ leader, replicas, isr }) =>
    silent.some((id) => id === leader || (replicas.includes(id) && !isr.includes(id))),
  );
  const groups = look.latest.groups
    .filter(({ coordinator }) => coordinator !== null && silent.includes(coordinator))
    .map(({ group }) => `group ${group}`);
  return measured(
    'yes',
    [fact('DescribeCluster', `in the cluster, without an answer: broker ${silent.join(', ')}`, { at: look.at })],
    { concerns: [...concernsOf(led, silent), ...groups] },
  );
});

const replicasMissing = probe('replicas-missing', ['log-dir', 'down', 'throttled', 'behind', 'no'], (look): Reading => {
  const missing = missingOf(look);
  if (missing.length === 0)
    return measured('no', [fact(METADATA, 'no replica is missing from an ISR', { at: look.at })]);
  const brokers = sortedIds(missing.map(({ replica }) => replica.broker));
  const partitions = [...new Set(missing.map(({ partition }) => partition))];
  const concerns = concernsOf(partitions, brokers);
  const facts = [
    fact(METADATA, `replicas of broker ${brokers.join(', ')} are missing in ${count(partitions.length, 'partition')}`, {
      value: partitions.length,
      unit: 'partitions',
      at: look.at,
    }),
  ];
  const down = missing.filter(({ replica }) => replica.state === 'down');
  if (down.length > 0) {
    const gone = sortedIds(down.map(({ replica }) => replica.broker));
    facts.push(fact(METADATA, `not in the cluster: broker ${gone.join(', ')}`, { at: look.at }));
    return measured('down', facts, { concerns: concernsOf(partitions, gone) });
  }
  const dead = brokersWithDeadLogDirs(look).filter((id) => brokers.includes(id));
  if (dead.length > 0) {
    facts.push(fact('DescribeLogDirs', `with a log directory offline: broker ${dead.join(', ')}`, { at: look.at }));
    return measured('log-dir', facts, { concerns });
  }
  const throttled = [...new Set(partitions.map(({ topic }) => topic))].filter((topic) => isThrottled(look, topic));
  if (throttled.length > 0) {
    facts.push(fact('DescribeConfigs', `replication is throttled on ${some(throttled)}`, { at: look.at }));
    return measured('throttled', facts, { concerns });
  }
  const behind = Math.max(...missing.map(({ replica }) => replica.behind ?? -1));
  if (behind >= 0)
    facts.push(
      fact('ListOffsets', `up to ${count(behind, 'record')} behind`, { value: behind, unit: 'records', at: look.at }),
    );
  return measured('behind', facts, { concerns });
});

function isThrottled(look: Look, topic: string): boolean {
  return ['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'].some(
    (name) => (look.topicConfig(topic, name) ?? '') !== '',
  );
}

export const underMinIsr = probe('under-min-isr', ['yes', 'no'], (look) => {
  const under = look.isr.partitions.filter(
    ({ isr, effectiveMinIsr, offline }) => !offline && effectiveMinIsr !== null && isr.length < effectiveMinIsr,
  );
  if (under.length > 0) {
    return measured(
      'yes',
      [
        fact('DescribeConfigs', `fewer in sync than min.insync.replicas: ${some(under.map(place))}`, {
          value: under.length,
          unit: 'partitions',
          at: look.at,
        }),
      ],
      { concerns: concernsOf(under, []) },
    );
  }
  const blind = troubled(look).filter(({ effectiveMinIsr }) => effectiveMinIsr === null);
  if (blind.length > 0)
    return unknown(
      `min.insync.replicas of ${some([...new Set(blind.map(({ topic }) => topic))])} could not be read`,
      'DESCRIBE_CONFIGS on the topics',
    );
  return measured('no', [fact('DescribeConfigs', 'no partition has fewer than min.insync.replicas', { at: look.at })]);
});

const behindWhom = probe('behind-whom', ['follower', 'leader', 'partitions'], (look) => {
  const missing = missingOf(look).filter(({ replica }) => replica.state !== 'down');
  const candidates = sortedIds(missing.flatMap(({ partition, replica }) => [replica.broker, partition.leader ?? -1]));
  const total = missing.length;
  for (const id of candidates) {
    const follows = missing.filter(({ replica }) => replica.broker === id);
    const leads = missing.filter(({ partition }) => partition.leader === id);
    if (follows.length + leads.length < total) continue;
    const held = look.isr.partitions.filter(({ leader, replicas }) => leader !== id && replicas.includes(id));
    const led = look.isr.partitions.filter(({ leader }) => leader === id);
    const partitions = missing.map(({ partition }) => partition);
    const concerns = concernsOf(partitions, [id]);
    if (follows.length > 0 && follows.length * 2 >= held.length)
      return measured(
        'follower',
        [
          fact(
            METADATA,
            `broker ${id} is missing from ${follows.length} of the ${count(held.length, 'partition')} that it follows`,
            {
              value: follows.length,
              unit: 'partitions',
              at: look.at,
            },
          ),
          ...(leads.length === 0
            ? []
            : [
                fact(METADATA, `and those that follow broker ${id} are behind as well: it is cut off both ways`, {
                  at: look.at,
                }),
              ]),
        ],
        { concerns },
      );
    if (follows.length === 0 && leads.length * 2 >= led.length)
      return measured(
        'leader',
        [
          fact(METADATA, `all missing replicas follow broker ${id}`, {
            value: leads.length,
            unit: 'partitions',
            at: look.at,
          }),
        ],
        { concerns },
      );
  }
  const names = [...new Set(missing.map(({ partition }) => place(partition)))];
  return measured('partitions', [fact(METADATA, `behind on ${some(names)} only`, { at: look.at })], {
    likely: true,
    concerns: concernsOf(
      missing.map(({ partition }) => partition),
      [],
    ),
  });
});

/** Partitions whose ISR lost a member between two samples and has it now, while its broker stayed in the cluster. */
function flapping(look: Look): { readonly name: string; readonly brokers: readonly number[] }[] {
  const now = new Map<string, Partition>(
    look.latest.topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => [`${topic}-${partition.partition}`, partition]),
    ),
  );
  const found = new Map<string, Set<number>>();
  for (const sample of look.samples.slice(0, -1)) {
    const present = new Set(sample.brokers.map(({ id }) => id));
    for (const { topic, partitions } of sample.topics) {
      for (const { partition, replicas, isr, reassignment } of partitions) {
        const name = `${topic}-${partition}`;
        const back = replicas.filter(
          (id) => !isr.includes(id) && present.has(id) && now.get(name)?.isr.includes(id) === true,
        );
        if (back.length === 0 || reassignment != null || isr.length === 0) continue;
        found.set(name, new Set([...(found.get(name) ?? []), ...back]));
      }
    }
  }
  return [...found].map(([name, brokers]) => ({ name, brokers: sortedIds(brokers) }));
}

const isrFlapping = probe('isr-flapping', ['yes', 'no'], (look) => {
  if (look.samples.length < 2)
    return unknown('one sample shows one moment', 'several samples: kmedic record out.kmedic --samples 12 --every 5s');
  const flaps = flapping(look);
  const { windowMs, at } = look;
  if (flaps.length === 0)
    return measured('no', [fact(METADATA, 'no ISR changed while it was watched', { at, windowMs })]);
  const brokers = sortedIds(flaps.flatMap((each) => each.brokers));
  return measured(
    'yes',
    [
      fact(
        METADATA,
        `broker ${brokers.join(', ')} left the ISR of ${some(flaps.map(({ name }) => name))} and came back`,
        { at, windowMs },
      ),
    ],
    { concerns: [...brokers.map((id) => `broker ${id}`), ...flaps.map(({ name }) => name)] },
  );
});

const isrAtRest = probe('isr-at-rest', ['reassigning', 'unbalanced', 'no-spare', 'no'], (look) => {
  const { partitions } = look.isr;
  const states = [
    ['reassigning', 'REASSIGNING', 'being moved'],
    ['unbalanced', 'UNBALANCED', 'not led by their preferred replica'],
    ['no-spare', 'NO-SPARE', 'stopped by the next failure'],
  ] as const;
  for (const [answer, verdict, text] of states) {
    const hit = partitions.filter((partition) => partition.verdict === verdict);
    if (hit.length > 0)
      return measured(
        answer,
        [
          fact(METADATA, `${text}: ${some(hit.map(place))}`, {
            value: hit.length,
            unit: 'partitions',
            at: look.at,
          }),
        ],
        {
          concerns: [...new Set(hit.map(({ topic }) => `topic ${topic}`))],
        },
      );
  }
  return measured('no', [
    fact(METADATA, `${count(partitions.length, 'partition')}, nothing out of order`, { at: look.at }),
  ]);
});

const writesRefused = probe('writes-refused', ['under-min-isr', 'leaderless', 'no'], (look, subject, evidence) => {
  const under = underMinIsr.measure(evidence, subject);
  if (under.status === 'measured' && under.answer === 'yes') return { ...under, answer: 'under-min-isr' };
  const dead = look.isr.partitions.filter(({ verdict }) => verdict === 'OFFLINE' || verdict === 'LEADER-SILENT');
  if (dead.length > 0)
    return measured(
      'leaderless',
      [
        fact(METADATA, `nobody can write ${some(dead.map(place))}`, {
          value: dead.length,
          unit: 'partitions',
          at: look.at,
        }),
      ],
      {
        concerns: concernsOf(dead, []),
      },
    );
  return measured('no', [fact(METADATA, 'every partition has a leader and enough replicas', { at: look.at })]);
});

export const ISR_PROBES: readonly Probe[] = [
  isrTrouble,
  leaderless,
  leaderlessWhy,
  brokerSilent,
  replicasMissing,
  underMinIsr,
  behindWhom,
  isrFlapping,
  isrAtRest,
  writesRefused,
];
