import type { KeySample } from '../../cluster/recording.ts';
import { INTERVALS_UNTIL_OLD, usualIntervalMs } from '../../health/commit-pace.ts';
import { PROOF_WINDOW_MS } from '../../health/judge-partition.ts';
import type { PartitionLag } from '../../health/lag-report.ts';
import { plainText } from '../../health/phrase.ts';
import type { Verdict } from '../../health/verdicts.ts';
import type { Fact, Probe, Reading } from '../model.ts';
import { commitsWithoutMembers } from './commits.ts';
import type { Look } from './look.ts';
import { count, fact, measured, place, probe, some, unknown } from './reading.ts';

/** Probes of lag: what stands in the way, who reads, and how lag behaves over partitions and time. */

const LAG = 'OffsetFetch, ListOffsets';
const UNSEEN = 'no members; readers that never join would not be seen';
const NO_GROUP = 'the group is not in the recording';
/** Verdicts that say that reading is behind. What is wrong with commits themselves is another tree's. */
const BEHIND: ReadonlySet<Verdict> = new Set([
  'STALL',
  'SLOW',
  'STOP',
  'NO-OWNER',
  'BEHIND',
  'HIDDEN-BACKLOG',
  'BLOCKED-BY-TXN',
  'LEADERLESS',
]);
/** Verdicts on positions that do not fit the log: nobody reads on from there, and lag counted from them says nothing. */
const MISPLACED = ['OUT-OF-RANGE', 'AHEAD-OF-END', 'INVALID-COMMIT'] as const;
/** One partition carries the lag when it has this share of it … */
const UNEVEN_SHARE = 0.6;
/** … and this many times as much as the middle one has. */
const UNEVEN_FACTOR = 4;
/** Written three times as fast as the middle partition: the keys, not the members. */
const HOT_WRITES = 3;
const HOT_KEY_SHARE = 0.5;
const COORDINATOR = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'UNREACHABLE',
  'TIMED_OUT',
]);

const rowsOf = (look: Look, name: string | null): readonly PartitionLag[] => look.lag(name ?? '')?.partitions ?? [];

const withVerdict = (rows: readonly PartitionLag[], ...verdicts: readonly Verdict[]): PartitionLag[] =>
  rows.filter(({ verdict }) => verdicts.includes(verdict));

const lagging = (rows: readonly PartitionLag[]): PartitionLag[] => rows.filter(({ verdict }) => BEHIND.has(verdict));

function silentlyLed(look: Look, rows: readonly PartitionLag[]): PartitionLag[] {
  return rows.filter(({ leader }) => leader !== null && look.states.silent.has(leader));
}

function lagFacts(look: Look, rows: readonly PartitionLag[]): Fact[] {
  const total = rows.reduce((sum, { lag }) => sum + Math.max(0, lag ?? 0), 0);
  return [
    fact(LAG, `${count(total, 'record')} unread in ${count(rows.length, 'partition')}`, {
      value: total,
      unit: 'records',
      at: look.at,
    }),
    ...rows.slice(0, 3).flatMap((row) =>
      row.evidence === null
        ? []
        : [
            fact(LAG, `${place(row)}: ${row.verdict}, ${plainText(row.evidence)}`, {
              value: row.verdict,
              at: look.at,
              windowMs: look.windowMs,
            }),
          ],
    ),
  ];
}

const lagTrouble = probe('lag-trouble', ['yes', 'no'], (look, subject) => {
  const group = look.group(subject);
  const lag = look.lag(subject.name ?? '');
  if (group === null || lag === null) return unknown(NO_GROUP, 'kmedic groups list');
  if (group.problem !== null && COORDINATOR.has(group.problem.name))
    return measured('yes', [
      fact('DescribeGroups', `${group.problem.name}: ${group.problem.message}`, {
        value: group.problem.name,
        at: look.at,
      }),
    ]);
  const found = [...lagging(lag.partitions), ...silentlyLed(look, lag.partitions)];
  if (found.length > 0) return measured('yes', lagFacts(look, found), { concerns: found.map(place) });
  return measured('no', [
    fact(LAG, `lag ${lag.lag}, nothing old is unread`, { value: lag.lag, unit: 'records', at: look.at }),
  ]);
});

const BLOCKS: readonly (readonly [answer: string, verdict: Verdict])[] = [
  ['leaderless', 'LEADERLESS'],
  ['watermark', 'HIDDEN-BACKLOG'],
  ['transaction', 'BLOCKED-BY-TXN'],
];

const readingBlocked = probe(
  'reading-blocked',
  ['coordinator', 'leaderless', 'silent', 'watermark', 'transaction', 'no'],
  (look, subject) => {
    const group = look.group(subject);
    if (group === null) return unknown(NO_GROUP, 'kmedic groups list');
    if (group.problem !== null && COORDINATOR.has(group.problem.name))
      return measured('coordinator', [
        fact('DescribeGroups', `${group.problem.name}: ${group.problem.message}`, {
          value: group.problem.name,
          at: look.at,
        }),
      ]);
    const rows = rowsOf(look, subject.name);
    const [leaderless, ...others] = BLOCKS;
    const say = (answer: string, found: readonly PartitionLag[]): Reading =>
      measured(answer, lagFacts(look, found), {
        concerns: found.map(place),
        likely: found.every(({ confidence }) => confidence === 'likely'),
      });
    const lost = leaderless === undefined ? [] : withVerdict(rows, leaderless[1]);
    if (lost.length > 0) return say('leaderless', lost);
    const silent = silentlyLed(look, rows);
    if (silent.length > 0)
      return measured(
        'silent',
        [
          fact('Metadata', `their leaders do not answer: ${some(silent.map(place))}`, {
            value: silent.length,
            unit: 'partitions',
            at: look.at,
          }),
        ],
        {
          concerns: [...silent.map(place), ...silent.map(({ leader }) => `broker ${leader}`)],
        },
      );
    for (const [answer, verdict] of others) {
      const found = withVerdict(rows, verdict);
      if (found.length > 0) return say(answer, found);
    }
    return measured('no', [fact(LAG, 'every partition can be read', { at: look.at })]);
  },
);

export const readers = probe('readers', ['nobody', 'unseen', 'no-owner', 'yes'], (look, subject, evidence) => {
  const group = look.group(subject);
  if (group === null) return unknown(NO_GROUP, 'kmedic groups list');
  const rows = rowsOf(look, subject.name);
  if (group.members.length === 0 && group.state !== null && group.type !== 'simple') {
    // Thrown out this moment, and back in the next sample: a rebalance, not an absence.
    const before = look.sightings(group.group).filter((each) => (each?.members.length ?? 0) > 0);
    if (before.length > 0)
      return measured(
        'yes',
        [
          fact(
            'DescribeGroups',
            `no members now, some in ${before.length} of ${count(look.samples.length, 'sample')}`,
            {
              at: look.at,
              windowMs: look.windowMs,
            },
          ),
        ],
        { likely: true },
      );
    const alone = commitsWithoutMembers.measure(evidence, subject);
    if (alone.status === 'measured' && alone.answer === 'yes') return { ...alone, answer: 'unseen' };
    const waiting = withVerdict(rows, 'STOP', 'BEHIND');
    return measured(
      'nobody',
      [
        fact('DescribeGroups', `${group.state}, no members`, { value: 0, unit: 'members', at: look.at }),
        ...lagFacts(look, waiting),
      ],
      { concerns: waiting.map(place) },
    );
  }
  const stopped = withVerdict(rows, 'STOP', ...MISPLACED);
  if (group.members.length === 0 && stopped.length > 0)
    return measured('nobody', [fact('DescribeGroups', UNSEEN, { value: 0, at: look.at }), ...lagFacts(look, stopped)], {
      likely: true,
      concerns: stopped.map(place),
    });
  const nobody = withVerdict(rows, 'NO-OWNER');
  if (nobody.length > 0) return measured('no-owner', lagFacts(look, nobody), { concerns: nobody.map(place) });
  return measured('yes', [
    fact('DescribeGroups', group.members.length === 0 ? UNSEEN : count(group.members.length, 'member'), {
      value: group.members.length,
      unit: 'members',
      at: look.at,
    }),
  ]);
});

const perSecond = ({ trend }: PartitionLag): number => trend?.lagPerSecond ?? 0;
const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;

/** Partitions that carry most of the lag, and far more than the middle one. */
function unevenRows(rows: readonly PartitionLag[]): PartitionLag[] {
  const known = rows.filter(({ lag }) => lag !== null);
  const total = known.reduce((sum, { lag }) => sum + Math.max(0, lag ?? 0), 0);
  if (known.length < 2 || total === 0) return [];
  const usual = Math.max(1, middle(known.map(({ lag }) => lag ?? 0)));
  const heavy = known.filter(({ lag }) => (lag ?? 0) >= usual * UNEVEN_FACTOR);
  const share = heavy.reduce((sum, { lag }) => sum + (lag ?? 0), 0) / total;
  return share >= UNEVEN_SHARE && heavy.length * 2 < known.length ? heavy : [];
}

/**
 * Whether a commit has stood still for long enough to speak of a stall: ten seconds, and three of its usual intervals. A
 * member that takes its partitions in turn leaves each of them alone for a while.
 */
function isProven(look: Look, group: string, row: PartitionLag): boolean {
  const series = look.commitHistory(group, row);
  const newest = series?.newest ?? [];
  const moved = newest.findLast(({ offset }, at) => offset !== newest[at - 1]?.offset);
  const stillMs = Math.max(row.trend?.windowMs ?? 0, moved === undefined ? 0 : look.atMs - moved.atMs);
  const usual = series === null ? 0 : (usualIntervalMs(series) ?? 0);
  return stillMs >= Math.max(PROOF_WINDOW_MS, INTERVALS_UNTIL_OLD * usual);
}

const lagShape = probe(
  'lag-shape',
  ['stuck-one', 'stuck-all', 'uneven', 'growing', 'steady', 'shrinking', 'misplaced', 'none'],
  (look, { name }) => {
    const lag = look.lag(name ?? '');
    if (lag === null) return unknown(NO_GROUP, 'kmedic groups list');
    const rows = lag.partitions;
    const behind = lagging(rows);
    const misplaced = withVerdict(rows, ...MISPLACED);
    if (behind.length === 0 && misplaced.length > 0)
      return measured('misplaced', lagFacts(look, misplaced), { concerns: misplaced.map(place) });
    if (behind.length === 0 && lag.lag === 0 && lag.unknown === 0)
      return measured('none', [fact(LAG, 'nothing is unread', { value: 0, unit: 'records', at: look.at })]);
    const catching = withVerdict(rows, 'CATCHING-UP');
    const stuck = withVerdict(rows, 'STALL').filter((row) => isProven(look, name ?? '', row));
    const moving = rows.filter(
      ({ verdict, trend, lag: own }) =>
        verdict !== 'STALL' && ((own ?? 1) === 0 || (trend?.committedPerSecond ?? 0) > 0),
    );
    const { windowMs, at } = look;
    const say = (answer: string, found: readonly PartitionLag[], text: string): Reading =>
      measured(answer, [fact(LAG, text, { at, windowMs }), ...lagFacts(look, found)], {
        concerns: found.map(place),
        likely: windowMs < PROOF_WINDOW_MS,
      });
    if (stuck.length > 0 && moving.length > 0)
      return say(
        'stuck-one',
        stuck,
        `commits stand still in ${some(stuck.map(place))}, and move in ${moving.length} others`,
      );
    if (stuck.length > 0) return say('stuck-all', stuck, 'no commit moves');
    if (behind.length === 0 && catching.length > 0) return say('shrinking', catching, 'lag shrinks');
    const uneven = unevenRows(rows);
    if (uneven.length > 0) return say('uneven', uneven, `most of the lag is in ${some(uneven.map(place))}`);
    if (look.samples.length < 2)
      return unknown('one sample shows no trend', 'a second one: kmedic lag --window 10s', {
        facts: lagFacts(look, behind),
        leans: 'growing',
      });
    if (behind.length === 0) return say('none', [], `lag ${lag.lag}, and nothing old is unread`);
    const rate = behind.reduce((sum, row) => sum + perSecond(row), 0);
    const text = `lag changes by ${Math.round(rate * 10) / 10} records/s`;
    return say(rate > 0 ? 'growing' : rate < 0 ? 'shrinking' : 'steady', behind, text);
  },
);

const unevenWhy = probe('uneven-why', ['hot-key', 'writes', 'member'], (look, { name }) => {
  const rows = rowsOf(look, name);
  const [worst] = [...unevenRows(rows)].sort((a, b) => (b.lag ?? 0) - (a.lag ?? 0));
  if (worst === undefined) return unknown('no partition is far behind the others', 'kmedic lag --sort lag');
  const concerns = [place(worst)];
  const sample = look.keySample(worst);
  const [top] = sample?.keys ?? [];
  const writes = writeRates(look, worst.topic);
  const own = writes.get(worst.partition) ?? null;
  const usual = middle([...writes.values()]);
  const facts: Fact[] = [];
  if (own !== null)
    facts.push(
      fact(
        'ListOffsets',
        `${place(worst)} takes ${Math.round(own * 10) / 10} records/s, the middle partition ${Math.round(usual * 10) / 10}`,
        { value: own, unit: 'records/s', at: look.at, windowMs: look.windowMs },
      ),
    );
  const crowded = own === null ? null : own >= HOT_WRITES * Math.max(usual, 0.1);
  if (sample !== null && top !== undefined && sample.records > 0) {
    const share = top.records / sample.records;
    facts.push(
      fact('Fetch', `the key ${top.key} makes ${Math.round(share * 100)} % of ${countedText(sample)}`, {
        value: share,
        at: look.at,
      }),
    );
    if (share >= HOT_KEY_SHARE && crowded !== false)
      return measured('hot-key', facts, { concerns, likely: crowded === null });
  }
  if (crowded === true) return measured('writes', facts, { concerns });
  if (crowded === false)
    return measured('member', facts, {
      concerns: [...concerns, ...(worst.clientId === null ? [] : [`client ${worst.clientId}`])],
    });
  return unknown(
    'how fast the partitions are written to was not seen',
    'a second sample, and keys: kmedic record --keys',
    { facts, concerns },
  );
});

/** `its newest 400 records`; of a long window `400 of its newest 5,000 records`, spread over them. */
function countedText({ from, to, records }: KeySample): string {
  const span = from === null || to === null ? records : to - from + 1;
  return span > records
    ? `${records} of its newest ${count(span, 'record')}`
    : `its newest ${count(records, 'record')}`;
}

/** Records per second that each partition of a topic took over all samples. */
function writeRates(look: Look, topic: string): Map<number, number> {
  const rates = new Map<number, number>();
  if (look.windowMs <= 0) return rates;
  for (const { partition, highWatermark } of look.topic(topic)?.partitions ?? []) {
    const was = look.partition({ topic, partition }, 0)?.highWatermark ?? null;
    if (was !== null && highWatermark !== null) rates.set(partition, ((highWatermark - was) * 1000) / look.windowMs);
  }
  return rates;
}

export const LAG_PROBES: readonly Probe[] = [lagTrouble, readingBlocked, readers, lagShape, unevenWhy];
