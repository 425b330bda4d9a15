import type { CommitHistory } from '../../cluster/history.ts';
import { spanText } from '../../health/span-text.ts';
import type { Fact, Probe } from '../model.ts';
import { bytesOn, gb } from './disk.ts';
import { type Look, numberOf } from './look.ts';
import { count, fact, measured, place, probe, some, unknown } from './reading.ts';

/** Probes of `__consumer_offsets`, and of compaction. */

const CONFIGS = 'DescribeConfigs';
const OFFSETS_TOPIC = '__consumer_offsets';
/** Commits of one partition in a second: after every record. After every poll a busy consumer makes tens of them. */
const HOT_COMMITS_PER_SECOND = 100;
/** Ten seconds of that: fewer are a burst. */
const COMMITS_FOR_A_RATE = 1_000;
/** Kafka's default of offsets.topic.segment.bytes. */
const OFFSETS_SEGMENT_BYTES = 104_857_600;
/** Of a hundred thousand commits in force, several times over: what is cleaned stays far below. */
const LARGE_OFFSETS_BYTES = 1e9;
const MANY_DEAD_GROUPS = 100;
/** From here on the cleaner hardly ever comes. */
const HIGH_RATIO = 0.95;
const DAY_MS = 86_400_000;
/** Worth cleaning: so many records, and fifty for each key. */
const MANY_RECORDS = 10_000;
const VERSIONS_PER_KEY = 50;

const NO_CONFIGS = 'DESCRIBE_CONFIGS on the topic';

const offsetsPolicy = probe('offsets-policy', ['compact', 'other'], (look) => {
  const policy = look.topicConfig(OFFSETS_TOPIC, 'cleanup.policy');
  if (policy === null) return unknown(`cleanup.policy of ${OFFSETS_TOPIC} was not read`, NO_CONFIGS);
  return measured(
    policy.includes('compact') ? 'compact' : 'other',
    [fact(CONFIGS, `${OFFSETS_TOPIC}: cleanup.policy=${policy}`, { value: policy, at: look.at })],
    { concerns: [`topic ${OFFSETS_TOPIC}`] },
  );
});

const cleanerEnabled = probe('cleaner-enabled', ['on', 'off'], (look) => {
  const told = look.brokerSettings('log.cleaner.enable');
  if (told.length === 0) return unknown('log.cleaner.enable was not read', 'DESCRIBE_CONFIGS on the cluster');
  const off = told.filter(({ value }) => value === 'false').map(({ broker }) => broker);
  if (off.length === 0)
    return measured('on', [fact(CONFIGS, 'log.cleaner.enable=true on every broker', { at: look.at })]);
  return measured('off', [fact(CONFIGS, `log.cleaner.enable=false on broker ${off.join(', ')}`, { at: look.at })], {
    concerns: off.map((id) => `broker ${id}`),
  });
});

interface HotCommitter {
  readonly group: string;
  readonly series: CommitHistory;
  /** The usual time from one commit of a partition to the next; coordinators stamp whole milliseconds. */
  readonly betweenMs: number;
}

/** Who commits how fast, by the usual time between two commits. */
function hotCommitters(look: Look): HotCommitter[] {
  return look.recording.histories
    .flatMap(({ group, commits }) =>
      commits.flatMap((series): HotCommitter[] => {
        const median = series.intervalMs?.median ?? null;
        if (median === null || series.commits < COMMITS_FOR_A_RATE) return [];
        return [{ group, series, betweenMs: Math.max(1, Math.round(median)) }];
      }),
    )
    .filter(({ betweenMs }) => betweenMs <= 1_000 / HOT_COMMITS_PER_SECOND)
    .sort((a, b) => a.betweenMs - b.betweenMs);
}

const commitRate = probe('commit-rate', ['hot', 'normal'], (look) => {
  if (look.recording.histories.length === 0)
    return unknown(
      `${OFFSETS_TOPIC} was not read`,
      `READ on ${OFFSETS_TOPIC}, or kmedic segments groups on a broker’s host`,
    );
  const [fastest, ...others] = hotCommitters(look);
  if (fastest === undefined)
    return measured('normal', [
      fact(OFFSETS_TOPIC, 'no group commits faster than a few times a second', { at: look.at }),
    ]);
  const { group, series, betweenMs } = fastest;
  return measured(
    'hot',
    [
      // Not a rate: commits come in bursts, one behind each record of a poll.
      fact(OFFSETS_TOPIC, `${group} commits ${place(series)} again ${betweenMs} ms after the last commit, usually`, {
        value: betweenMs,
        unit: 'ms',
        at: look.at,
      }),
      ...(others.length === 0
        ? []
        : [fact(OFFSETS_TOPIC, `so do ${others.length} more partitions`, { value: others.length, at: look.at })]),
    ],
    { concerns: [...new Set([fastest, ...others].map((each) => `group ${each.group}`))] },
  );
});

const offsetsTopicTrouble = probe('offsets-topic-trouble', ['yes', 'no'], (look, subject, evidence) => {
  const policy = offsetsPolicy.measure(evidence, subject);
  if (policy.status === 'measured' && policy.answer === 'other') return { ...policy, answer: 'yes' };
  const cleaner = cleanerEnabled.measure(evidence, subject);
  if (cleaner.status === 'measured' && cleaner.answer === 'off') return { ...cleaner, answer: 'yes' };
  const rate = commitRate.measure(evidence, subject);
  if (rate.status === 'measured' && rate.answer === 'hot') return { ...rate, answer: 'yes' };
  const topic = look.topic(OFFSETS_TOPIC);
  const held = topic === null ? [] : look.latest.brokers.map(({ id }) => ({ id, bytes: bytesOn(topic, id) }));
  const most = held.reduce((a, b) => (a.bytes >= b.bytes ? a : b), { id: 0, bytes: 0 });
  if (most.bytes >= LARGE_OFFSETS_BYTES)
    return measured('yes', [
      fact('DescribeLogDirs', `${OFFSETS_TOPIC} takes ${gb(most.bytes)} on broker ${most.id}`, {
        value: most.bytes,
        unit: 'bytes',
        at: look.at,
      }),
    ]);
  return measured(
    'no',
    [fact(CONFIGS, `${OFFSETS_TOPIC} is compacted and small, and nobody commits too fast`, { at: look.at })],
    { likely: true },
  );
});

const offsetsSegments = probe('offsets-segments', ['large', 'normal'], (look) => {
  const bytes = look.topicNumber(OFFSETS_TOPIC, 'segment.bytes');
  if (bytes === null) return unknown(`segment.bytes of ${OFFSETS_TOPIC} was not read`, NO_CONFIGS);
  return measured(bytes > OFFSETS_SEGMENT_BYTES ? 'large' : 'normal', [
    fact(CONFIGS, `${OFFSETS_TOPIC}: segment.bytes=${bytes}`, { value: bytes, unit: 'bytes', at: look.at }),
  ]);
});

const deadGroups = probe('dead-groups', ['many', 'few'], (look) => {
  const empty = look.latest.groups.filter(
    ({ members, commits, problem }) => members.length === 0 && commits.length > 0 && problem === null,
  );
  return measured(empty.length >= MANY_DEAD_GROUPS ? 'many' : 'few', [
    fact('ListGroups', `empty, with commits: ${count(empty.length, 'group')}`, {
      value: empty.length,
      unit: 'groups',
      at: look.at,
    }),
  ]);
});

export const cleanupPolicy = probe('cleanup-policy', ['delete', 'compact'], (look, { name }) => {
  const policy = look.topicConfig(name ?? '', 'cleanup.policy');
  if (policy === null) return unknown('cleanup.policy was not read', NO_CONFIGS);
  return measured(policy.includes('compact') ? 'compact' : 'delete', [
    fact(CONFIGS, `cleanup.policy=${policy}`, { value: policy, at: look.at }),
  ]);
});

/** How many records of a topic there are for each of its keys, as far as a sample of its newest records and its size on disk tell. */
function versions(look: Look, topic: string): { readonly records: number; readonly keys: number } | null {
  let records = 0;
  let keys = 0;
  for (const sample of look.recording.keySamples) {
    if (sample.topic !== topic || sample.problem !== null || sample.records === 0 || sample.distinct === 0) continue;
    const logs =
      look.topic(topic)?.partitions.find(({ partition }) => partition === sample.partition)?.replicaLogs ?? [];
    const bytes = Math.max(0, ...logs.filter(({ future }) => !future).map((log) => log.bytes));
    // Only where keys come again within the sample does their number say anything of the whole log.
    if (bytes === 0 || sample.records < sample.distinct * 5) continue;
    records += Math.round((bytes / sample.bytes) * sample.records);
    keys += sample.distinct;
  }
  return keys === 0 ? null : { records, keys };
}

const compactionTrouble = probe('compaction-trouble', ['yes', 'no'], (look, { name }) => {
  const topic = name ?? '';
  const policy = look.topicConfig(topic, 'cleanup.policy');
  const files = compactionFiles.measure(look.evidence, { kind: 'topic', name });
  if (policy?.includes('compact') === true && files.status === 'measured' && files.answer === 'stopped')
    return { ...files, answer: 'yes' };
  if (policy === null || !policy.includes('compact') || topic.startsWith('__'))
    return measured('no', [fact(CONFIGS, `cleanup.policy=${policy ?? 'not read'}`, { value: policy, at: look.at })], {
      likely: policy === null,
    });
  const found = versions(look, topic);
  if (found === null)
    return measured('no', [fact('Fetch', 'its keys were not counted, or seldom come again', { at: look.at })], {
      likely: true,
    });
  const { records, keys } = found;
  const many = records >= MANY_RECORDS && records >= keys * VERSIONS_PER_KEY;
  return measured(
    many ? 'yes' : 'no',
    [
      fact('Fetch', `about ${count(records, 'record')} for ${keys} keys`, {
        value: records,
        unit: 'records',
        at: look.at,
      }),
    ],
    { likely: true },
  );
});

const compactionSettings = probe('compaction-settings', ['lag', 'ratio', 'active-segment', 'no'], (look, { name }) => {
  const topic = name ?? '';
  const setting = (key: string): number | null => numberOf(look.topicConfig(topic, key));
  const minLag = setting('min.compaction.lag.ms');
  const ratio = setting('min.cleanable.dirty.ratio');
  const segmentBytes = setting('segment.bytes');
  if (ratio === null || segmentBytes === null) return unknown('the topic’s settings were not read', NO_CONFIGS);
  const facts = [
    'min.compaction.lag.ms',
    'min.cleanable.dirty.ratio',
    'segment.bytes',
    'segment.ms',
    'max.compaction.lag.ms',
  ].flatMap((key) => {
    const value = look.topicConfig(topic, key);
    return value === null ? [] : [fact(CONFIGS, `${key}=${value}`, { value, at: look.at })];
  });
  if (minLag !== null && minLag >= DAY_MS) return measured('lag', facts);
  if (ratio >= HIGH_RATIO) return measured('ratio', facts);
  const sizes = (look.topic(topic)?.partitions ?? []).flatMap(({ partition, replicaLogs = [] }) =>
    replicaLogs.filter(({ future }) => !future).map(({ bytes }) => ({ partition, bytes })),
  );
  if (sizes.length === 0)
    return unknown('the sizes of its replicas were not read', 'DESCRIBE on the cluster (DescribeLogDirs)', { facts });
  const largest = sizes.reduce((a, b) => (a.bytes >= b.bytes ? a : b));
  const size = fact('DescribeLogDirs', `its largest partition (${largest.partition}) has ${largest.bytes} bytes`, {
    value: largest.bytes,
    unit: 'bytes',
    at: look.at,
  });
  const rolled = rolledByTime(look, topic);
  if (largest.bytes < segmentBytes && rolled !== true)
    return measured('active-segment', [...facts, size, ...activeSegmentFacts(look, topic)], {
      likely: rolled === null,
      concerns: [`${topic}-${largest.partition}`],
    });
  return measured('no', [...facts, size]);
});

/** What the cleaner never touches, as the files tell: how old it is, and how much. */
function activeSegmentFacts(look: Look, topic: string): Fact[] {
  const { logDir } = look.evidence;
  return (logDir?.partitions ?? [])
    .filter((each) => each.topic === topic)
    .slice(0, 3)
    .flatMap(({ partition, segments, activeSegmentAgeMs, activeSegmentBytes }) =>
      activeSegmentAgeMs === null
        ? []
        : [
            fact(
              'log directory',
              `${topic}-${partition}: its active segment is ${spanText(activeSegmentAgeMs)} old, ${count(activeSegmentBytes, 'byte')}; ${count(segments, 'segment')} in all`,
              { value: activeSegmentAgeMs, unit: 'ms', at: logDir?.at ?? null },
            ),
          ],
    );
}

/** Whether segments of the topic were closed by their age; null where nothing tells. */
function rolledByTime(look: Look, topic: string): boolean | null {
  const files = look.evidence.logDir?.partitions.filter((each) => each.topic === topic) ?? [];
  if (files.length > 0) return files.some(({ segments }) => segments > 1);
  const segmentMs = look.topicNumber(topic, 'segment.ms');
  if (segmentMs === null) return null;
  return segmentMs < DAY_MS ? null : false;
}

const compactionFiles = probe('compaction-files', ['stopped', 'clean'], (look, { name }) => {
  const files = look.evidence.logDir?.partitions.filter(({ topic }) => topic === name) ?? [];
  const told = files.filter(({ dirtyBytes, cleanBytes }) => dirtyBytes !== null && cleanBytes !== null);
  if (told.length === 0)
    return unknown('how much is dirty is written in a broker’s log directory only', '--log-dir on a broker’s host');
  const limit = look.topicNumber(name ?? '', 'min.cleanable.dirty.ratio') ?? 0.5;
  const ratios = told.map((each) => {
    const total = (each.dirtyBytes ?? 0) + (each.cleanBytes ?? 0);
    return { name: place(each), ratio: total === 0 ? 0 : (each.dirtyBytes ?? 0) / total };
  });
  // Half of what lies between the limit and everything: a cleaner that is only busy elsewhere does not let it come that far.
  const over = ratios.filter(({ ratio }) => ratio > limit + (1 - limit) / 2);
  const facts = ratios.map((each) =>
    fact('log directory', `${each.name}: ${Math.round(each.ratio * 100)} % dirty`, { value: each.ratio }),
  );
  if (over.length === 0) return measured('clean', facts);
  return measured(
    'stopped',
    [
      ...facts,
      fact('log directory', `over the limit: ${some(over.map((each) => each.name))}`),
      ...activeSegmentFacts(look, name ?? ''),
    ],
    {
      likely: true,
      concerns: over.map((each) => each.name),
    },
  );
});

export const CLEANING_PROBES: readonly Probe[] = [
  offsetsTopicTrouble,
  offsetsPolicy,
  cleanerEnabled,
  commitRate,
  offsetsSegments,
  deadGroups,
  cleanupPolicy,
  compactionTrouble,
  compactionSettings,
  compactionFiles,
];
