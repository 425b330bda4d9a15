import type { LogDir, Snapshot, Topic } from '../../cluster/snapshot.ts';
import type { Probe } from '../model.ts';
import type { Look } from './look.ts';
import { count, fact, measured, probe, some, unknown } from './reading.ts';

/** Probes of disks and of the brokers' speed. */

const LOG_DIRS = 'DescribeLogDirs';
const OFFSETS_TOPIC = '__consumer_offsets';
/** Kafka warns nobody: at a tenth there is time to act, at a hundredth the next segment may not fit. */
const LOW_SHARE = 0.1;
const FULL_SHARE = 0.01;
/** A topic that takes a third of what a broker holds is worth naming. */
const LARGE_SHARE = 1 / 3;
/** Half as much again as the mean of all brokers. */
const UNEVEN_FACTOR = 1.5;
/** Far slower: five times the median of the others, and slow enough to be felt. */
const SLOW_FACTOR = 5;
const SLOW_MS = 200;

const freeShare = ({ usableBytes, totalBytes }: LogDir): number | null =>
  usableBytes === null || totalBytes === null || totalBytes <= 0 ? null : usableBytes / totalBytes;

export const gb = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

const dirsOf = (sample: Snapshot, broker: string | null): readonly LogDir[] =>
  sample.brokers.find(({ id }) => String(id) === broker)?.logDirs ?? [];

const untold = (look: Look, broker: string | null) =>
  unknown(
    `broker ${broker} did not tell its log directories`,
    'a broker of Kafka 3.3 or later, and DESCRIBE on the cluster',
    {
      facts: [fact(LOG_DIRS, 'no answer', { at: look.at })],
    },
  );

const offline = (dirs: readonly LogDir[]): readonly LogDir[] => dirs.filter(({ error }) => error !== null);

/** What a directory that fails takes along: the replicas of its broker that are missing from an ISR. */
function replicasOf(look: Look, broker: string | null): string[] {
  return look.isr.partitions
    .filter(({ replicas, isr, leader }) =>
      replicas.some((id) => String(id) === broker && (!isr.includes(id) || leader === id)),
    )
    .map(({ topic, partition }) => `${topic}-${partition}`);
}

const diskTrouble = probe('disk-trouble', ['yes', 'no'], (look, { name }) => {
  const dirs = dirsOf(look.latest, name);
  if (offline(dirs).length > 0)
    return measured('yes', [fact(LOG_DIRS, `a log directory of broker ${name} is offline`, { at: look.at })]);
  const shares = dirs.map(freeShare).filter((share) => share !== null);
  if (dirs.length === 0 || shares.length === 0)
    return measured(
      'no',
      [fact(LOG_DIRS, 'no log directory is offline; the room on the volumes is not told', { at: look.at })],
      { likely: true },
    );
  const least = Math.min(...shares);
  const text = `${Math.round(least * 100)} % of the fullest volume of broker ${name} is free`;
  return measured(least < LOW_SHARE ? 'yes' : 'no', [fact(LOG_DIRS, text, { value: least, at: look.at })]);
});

export const logDirOffline = probe('log-dir-offline', ['yes', 'no'], (look, { name }) => {
  const dirs = dirsOf(look.latest, name);
  if (dirs.length === 0) return untold(look, name);
  const dead = offline(dirs);
  if (dead.length === 0)
    return measured('no', [
      fact(LOG_DIRS, dirs.length === 1 ? 'its log directory is in use' : `${dirs.length} log directories, all in use`, {
        at: look.at,
      }),
    ]);
  return measured(
    'yes',
    dead.map(({ path, error }) => fact(LOG_DIRS, `${path}: ${error}`, { value: error, at: look.at })),
    { concerns: replicasOf(look, name) },
  );
});

/** The newest sample in which the room of a directory was told: an offline one does not tell any more. */
function lastTold(look: Look, name: string | null): { readonly at: string; readonly dirs: readonly LogDir[] } | null {
  const dead = new Set(offline(dirsOf(look.latest, name)).map(({ path }) => path));
  for (const sample of [...look.samples].reverse()) {
    const dirs = dirsOf(sample, name).filter(
      (dir) => (dead.size === 0 || dead.has(dir.path)) && freeShare(dir) !== null,
    );
    if (dirs.length > 0) return { at: sample.at, dirs };
  }
  return null;
}

export const diskFull = probe('disk-full', ['yes', 'no'], (look, { name }) => {
  const told = lastTold(look, name);
  if (told === null)
    return unknown(
      'a directory that is offline does not tell its room any more',
      'df -h on the host, and the broker’s log',
      {
        leans: 'yes',
      },
    );
  const least = Math.min(...told.dirs.map((dir) => freeShare(dir) ?? 1));
  return measured(least <= FULL_SHARE ? 'yes' : 'no', [
    fact(LOG_DIRS, `${Math.round(least * 100)} % of the volume was free`, { value: least, at: told.at }),
  ]);
});

const diskRoom = probe('disk-room', ['full', 'low', 'fine'], (look, { name }) => {
  const dirs = dirsOf(look.latest, name);
  if (dirs.length === 0) return untold(look, name);
  const shares = dirs.map(freeShare).filter((share) => share !== null);
  if (shares.length === 0)
    return unknown(
      `broker ${name} tells its log directories, and not how much room their volumes have`,
      'df -h on the host; a broker of Kafka 3.3 or later tells it',
    );
  const least = Math.min(...shares);
  const answer = least <= FULL_SHARE ? 'full' : least < LOW_SHARE ? 'low' : 'fine';
  return measured(answer, [
    fact(LOG_DIRS, `${Math.round(least * 100)} % of the fullest volume is free`, { value: least, at: look.at }),
  ]);
});

export function bytesOn(topic: Topic, broker: number): number {
  return topic.partitions.reduce(
    (sum, { replicaLogs = [] }) =>
      sum + replicaLogs.reduce((own, log) => own + (log.broker === broker ? log.bytes : 0), 0),
    0,
  );
}

const diskWhat = probe(
  'disk-what',
  ['offsets', 'compacted', 'kept', 'active-segment', 'uneven', 'traffic'],
  (look, { name }) => {
    const broker = Number(name);
    const sizes = look.latest.topics
      .map((topic) => ({ topic: topic.topic, bytes: bytesOn(topic, broker) }))
      .sort((a, b) => b.bytes - a.bytes);
    const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    const [largest] = sizes;
    if (largest === undefined || total === 0)
      return unknown('the sizes of replicas were not read', 'kmedic cluster --show biggest');
    const facts = [
      fact(LOG_DIRS, `largest on broker ${name}: ${largest.topic} with ${gb(largest.bytes)} of ${gb(total)}`, {
        value: largest.bytes,
        unit: 'bytes',
        at: look.at,
      }),
    ];
    const concerns = [`topic ${largest.topic}`];
    const policy = look.topicConfig(largest.topic, 'cleanup.policy');
    if (largest.bytes >= total * LARGE_SHARE) {
      if (largest.topic === OFFSETS_TOPIC) return measured('offsets', facts, { concerns });
      if (policy === 'compact') return measured('compacted', facts, { concerns });
      const kept = ['retention.ms', 'retention.bytes'].map((key) => look.topicConfig(largest.topic, key));
      if (kept.every((value) => value === '-1')) return measured('kept', facts, { concerns });
      const expired = overdue(look, largest.topic, broker);
      if (expired !== null) return measured('active-segment', [...facts, fact('log directory', expired)], { concerns });
    }
    const others = look.latest.brokers.map(({ id }) =>
      look.latest.topics.reduce((sum, topic) => sum + bytesOn(topic, id), 0),
    );
    const mean = others.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, others.length);
    if (others.length > 1 && total > mean * UNEVEN_FACTOR)
      return measured('uneven', [
        ...facts,
        fact(LOG_DIRS, `a broker holds ${gb(mean)} on average`, { value: mean, unit: 'bytes', at: look.at }),
      ]);
    return measured('traffic', facts, { likely: true, concerns });
  },
);

/** Records that are older than their retention allows, by what the files say. */
function overdue(look: Look, topic: string, broker: number): string | null {
  const retention = look.topicNumber(topic, 'retention.ms');
  const { logDir } = look.evidence;
  if (logDir === null || retention === null || retention < 0 || broker < 0) return null;
  const at = Date.parse(logDir.at);
  const old = logDir.partitions.find(
    (each) => each.topic === topic && each.oldestRecordMs !== null && at - each.oldestRecordMs > retention * 2,
  );
  return old === undefined
    ? null
    : `${old.topic}-${old.partition} holds records of twice its retention, in ${count(old.segments, 'segment')}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** How long each broker usually took to answer, over all samples, in ms. */
function answerTimes(look: Look): Map<number, number> {
  const times = new Map<number, number[]>();
  for (const { brokers } of look.samples)
    for (const { id, answerMs } of brokers) if (answerMs != null) times.set(id, [...(times.get(id) ?? []), answerMs]);
  return new Map([...times].map(([id, list]) => [id, median(list)]));
}

function slowBrokers(look: Look): { readonly slow: readonly number[]; readonly times: ReadonlyMap<number, number> } {
  const times = answerTimes(look);
  const slow = [...times].flatMap(([id, ms]) => {
    const others = [...times].filter(([other]) => other !== id).map(([, value]) => value);
    return others.length > 0 && ms >= SLOW_MS && ms >= SLOW_FACTOR * median(others) ? [id] : [];
  });
  return { slow, times };
}

const TIMES = 'time to answer DescribeCluster';

const brokerSlow = probe('broker-slow', ['yes', 'no'], (look, { name }) => {
  const { slow, times } = slowBrokers(look);
  const own = times.get(Number(name));
  if (look.latest.brokers.length === 1)
    return measured('no', [
      fact('Metadata', 'a single broker has nobody to be compared with', { value: 1, at: look.at }),
    ]);
  if (own === undefined || times.size < 2) {
    if (look.states.silent.has(Number(name)))
      return measured('no', [fact('Metadata', `broker ${name} does not answer at all`, { at: look.at })]);
    return unknown(
      'how long brokers take to answer was not measured',
      'kmedic record, or kmedic diagnose on the live cluster',
    );
  }
  const facts = [...times].map(([id, ms]) =>
    fact(TIMES, `broker ${id}: ${ms} ms`, { value: ms, unit: 'ms', at: look.at, windowMs: look.windowMs }),
  );
  if (!slow.includes(Number(name))) return measured('no', facts);
  const led = look.isr.partitions.filter(
    ({ leader, replicas }) => String(leader) === name || replicas.some((id) => String(id) === name),
  );
  const readers = new Set(led.map(({ topic }) => topic));
  const groups = look.latest.groups
    .filter(
      ({ coordinator, commits, members }) =>
        String(coordinator) === name ||
        commits.some(({ topic }) => readers.has(topic)) ||
        members.some(({ assignment }) => assignment.some(({ topic }) => readers.has(topic))),
    )
    .map(({ group }) => `group ${group}`);
  return measured('yes', facts, {
    concerns: [...led.map(({ topic, partition }) => `${topic}-${partition}`), ...groups],
  });
});

const anyBrokerSlow = probe('any-broker-slow', ['yes', 'no'], (look) => {
  const { slow, times } = slowBrokers(look);
  if (times.size < 2)
    return unknown(
      'how long brokers take to answer was not measured',
      'kmedic record, or kmedic diagnose on the live cluster',
    );
  const facts = [...times].map(([id, ms]) =>
    fact(TIMES, `broker ${id}: ${ms} ms`, { value: ms, unit: 'ms', at: look.at, windowMs: look.windowMs }),
  );
  return measured(slow.length > 0 ? 'yes' : 'no', facts, { concerns: slow.map((id) => `broker ${id}`) });
});

export const throttled = probe('throttled', ['yes', 'no'], (look) => {
  const { throttles } = look.recording;
  if (throttles.length === 0)
    return unknown(
      'a quota is told to the client that it holds back, and kmedic itself was not',
      'fetch-throttle-time-avg or produce-throttle-time-avg of the clients',
    );
  const worst = Math.max(...throttles.map(({ throttleMs }) => throttleMs));
  const apis = [...new Set(throttles.map(({ api }) => api))];
  return unknown(
    'kmedic was throttled itself; whether the clients are, they know',
    'fetch-throttle-time-avg or produce-throttle-time-avg of the clients',
    {
      facts: [
        fact('ThrottleTimeMs', `${some(apis)} were held back by up to ${worst} ms`, {
          value: worst,
          unit: 'ms',
          at: look.at,
        }),
      ],
      leans: 'yes',
    },
  );
});

export const DISK_PROBES: readonly Probe[] = [
  diskTrouble,
  logDirOffline,
  diskFull,
  diskRoom,
  diskWhat,
  brokerSlow,
  anyBrokerSlow,
  throttled,
];
