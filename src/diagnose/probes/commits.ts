import type { Group } from '../../cluster/snapshot.ts';
import type { PartitionLag } from '../../health/lag-report.ts';
import type { Verdict } from '../../health/verdicts.ts';
import type { Fact, Probe } from '../model.ts';
import type { Look } from './look.ts';
import { count, fact, measured, place, probe, some, unknown } from './reading.ts';

/** Probes of what a group has committed. */

const OFFSETS = 'OffsetFetch, ListOffsets';
const HISTORY = '__consumer_offsets';
const NO_GROUP = 'the group is not in the recording';
/** Retention is about to win when hardly anything of what the log still has was read. */
const RISK_SHARE = 0.9;

const rows = (look: Look, name: string | null, ...verdicts: readonly Verdict[]): PartitionLag[] =>
  (look.lag(name ?? '')?.partitions ?? []).filter(({ verdict }) => verdicts.includes(verdict));

function rowFacts(look: Look, found: readonly PartitionLag[]): Fact[] {
  return found.slice(0, 3).map((row) =>
    fact(OFFSETS, `${place(row)}: committed ${row.committed ?? '-'}, log [${row.start ?? '-'}, ${row.end ?? '-'})`, {
      value: row.committed,
      unit: 'offset',
      at: look.at,
    }),
  );
}

const POSITIONS = [
  ['ahead', 'AHEAD-OF-END'],
  ['before', 'OUT-OF-RANGE'],
  ['invalid', 'INVALID-COMMIT'],
  ['gone', 'DELETED-TOPIC'],
] as const;

const commitPosition = probe('commit-position', ['ahead', 'before', 'invalid', 'gone', 'inside'], (look, { name }) => {
  if (look.lag(name ?? '') === null) return unknown(NO_GROUP, 'kmedic groups list');
  for (const [answer, verdict] of POSITIONS) {
    const found = rows(look, name, verdict);
    if (found.length > 0)
      return measured(
        answer,
        [
          ...rowFacts(look, found),
          fact(OFFSETS, count(found.length, 'partition'), { value: found.length, at: look.at }),
        ],
        {
          concerns: found.map(place),
        },
      );
  }
  return measured('inside', [fact(OFFSETS, 'every committed offset lies inside its log', { at: look.at })]);
});

export const topicRecreated = probe('topic-recreated', ['recreated', 'truncated'], (look, { name }) => {
  const ahead = rows(look, name, 'AHEAD-OF-END');
  const group = look.group({ kind: 'group', name });
  for (const { topic, partition } of ahead) {
    const at = { topic, partition };
    const log = look.partition(at);
    const concerns = [place(at), `topic ${topic}`];
    if (look.topicIds(topic).size > 1)
      return measured(
        'recreated',
        [fact('Metadata', `${topic} has another topic id than at first`, { at: look.at, windowMs: look.windowMs })],
        { concerns },
      );
    const epoch =
      group?.commits.find((commit) => commit.topic === topic && commit.partition === partition)?.leaderEpoch ?? null;
    if (epoch !== null && log?.leaderEpoch != null && epoch > log.leaderEpoch)
      return measured(
        'recreated',
        [
          fact(
            'OffsetFetch',
            `${place(at)}: committed in leader epoch ${epoch}, the partition is in ${log.leaderEpoch}`,
            { value: epoch, at: look.at },
          ),
        ],
        { concerns },
      );
    if (log?.leaderEpoch === 0)
      return measured(
        'recreated',
        [
          fact('Metadata', `${place(at)} has had no election since it was created: its log cannot have been cut off`, {
            value: 0,
            unit: 'leader epoch',
            at: look.at,
          }),
        ],
        { concerns },
      );
    if (look.cutOff.has(place(at)))
      return measured(
        'truncated',
        [
          fact('ListOffsets', `the end of ${topic} went back while it was watched`, {
            at: look.at,
            windowMs: look.windowMs,
          }),
        ],
        { concerns },
      );
  }
  return unknown(
    'one look cannot tell a new topic from a log that was cut off',
    'the topic id in an older recording, or the brokers’ logs',
    {
      leans: 'recreated',
      concerns: ahead.map(place),
    },
  );
});

/** Partitions whose commit moved between two samples in which the group had no members. */
function movedAlone(look: Look, group: Group): string[] {
  const moved = new Set<string>();
  let before: ReadonlyMap<string, number | null> | null = null;
  for (const seen of look.sightings(group.group)) {
    if (seen === undefined || seen.members.length > 0 || seen.problem !== null || seen.state !== 'Empty') {
      before = null;
      continue;
    }
    const now = new Map(seen.commits.map((commit) => [place(commit), commit.offset] as const));
    for (const [name, offset] of now) {
      const was = before?.get(name);
      if (was !== undefined && was !== offset) moved.add(name);
    }
    before = now;
  }
  return [...moved].sort();
}

const hadMembers = (look: Look, group: Group): boolean =>
  group.protocolType === 'consumer' ||
  group.type === 'consumer' ||
  (look.history(group.group)?.generations.some(({ members }) => members.length > 0) ?? false) ||
  look.sightings(group.group).some((seen) => (seen?.members.length ?? 0) > 0);

export const commitsWithoutMembers = probe('commits-without-members', ['yes', 'simple', 'no'], (look, subject) => {
  const group = look.group(subject);
  if (group === null) return unknown(NO_GROUP, 'kmedic groups list');
  if (group.members.length > 0)
    return measured('no', [
      fact('DescribeGroups', count(group.members.length, 'member'), { value: group.members.length, at: look.at }),
    ]);
  if (look.samples.length < 2) return unknown('one sample shows no movement', 'a second one: kmedic lag --watch');
  const moved = movedAlone(look, group);
  const { at, windowMs } = look;
  if (moved.length === 0)
    return measured('no', [fact('OffsetFetch', 'no commit moved while the group was empty', { at, windowMs })]);
  return measured(
    hadMembers(look, group) ? 'yes' : 'simple',
    [
      fact('OffsetFetch', `commits moved although the group is empty: ${some(moved)}`, {
        value: moved.length,
        unit: 'partitions',
        at,
        windowMs,
      }),
    ],
    { concerns: moved },
  );
});

const commitMissing = probe('commit-missing', ['expired', 'never', 'no'], (look, { name }) => {
  const lag = look.lag(name ?? '');
  if (lag === null) return unknown(NO_GROUP, 'kmedic groups list');
  const missing = rows(look, name, 'NO-COMMIT').filter(
    ({ start, end }) => start !== null && end !== null && end > start,
  );
  if (missing.length === 0)
    return measured('no', [fact('OffsetFetch', 'every partition with records has a commit', { at: look.at })]);
  const removed = missing.filter((row) => (look.commitHistory(name ?? '', row)?.removedAtMs ?? null) !== null);
  const told = removed.length > 0 ? removed : missing;
  return measured(
    removed.length > 0 ? 'expired' : 'never',
    [
      fact(removed.length > 0 ? HISTORY : 'OffsetFetch', `no commit: ${some(told.map(place))}`, {
        value: told.length,
        unit: 'partitions',
        at: look.at,
      }),
    ],
    { concerns: told.map(place) },
  );
});

/** Partitions of which retention has deleted before, and hardly anything that is left was read, while lag does not shrink. */
function atRisk(look: Look, name: string | null): PartitionLag[] {
  return (look.lag(name ?? '')?.partitions ?? []).filter(
    ({ start, end, lag, trend, verdict }) =>
      verdict !== 'OK' &&
      verdict !== 'OUT-OF-RANGE' &&
      start !== null &&
      start > 0 &&
      end !== null &&
      lag !== null &&
      lag > 0 &&
      lag >= (end - start) * RISK_SHARE &&
      trend !== null &&
      (trend.lagPerSecond ?? 0) >= 0,
  );
}

const retentionRisk = probe('retention-risk', ['yes', 'no'], (look, { name }) => {
  if (look.samples.length < 2) return unknown('one sample shows no trend', 'a second one: kmedic lag --window 10s');
  const found = atRisk(look, name);
  if (found.length === 0)
    return measured('no', [fact(OFFSETS, 'retention is far away from what is unread', { at: look.at })]);
  return measured(
    'yes',
    found
      .slice(0, 3)
      .map((row) =>
        fact(
          OFFSETS,
          `${place(row)}: ${row.lag} of ${count((row.end ?? 0) - (row.start ?? 0), 'record')} that are left are unread`,
          { value: row.lag, unit: 'records', at: look.at },
        ),
      ),
    {
      concerns: found.map(place),
    },
  );
});

const commitsTrouble = probe('commits-trouble', ['yes', 'no'], (look, subject, evidence) => {
  const position = commitPosition.measure(evidence, subject);
  if (position.status === 'unknown') return position;
  if (position.answer !== 'inside') return { ...position, answer: 'yes' };
  for (const inner of [commitsWithoutMembers, retentionRisk]) {
    const reading = inner.measure(evidence, subject);
    if (reading.status === 'measured' && reading.answer !== 'no') return { ...reading, answer: 'yes' };
  }
  return measured('no', [fact(OFFSETS, 'nothing is wrong with what is committed', { at: look.at })]);
});

const commitRewind = probe('commit-rewind', ['members', 'empty', 'no'], (look, subject) => {
  const group = look.group(subject);
  if (group === null) return unknown(NO_GROUP, 'kmedic groups list');
  const seen = rows(look, subject.name, 'REWIND');
  const history = look.history(group.group);
  const written = (history?.commits ?? []).filter(({ rewinds }) => rewinds > 0);
  const { at, windowMs } = look;
  if (seen.length === 0 && written.length === 0) {
    if (history === null && look.samples.length < 2)
      return unknown('one sample shows no movement', `a second one, or READ on ${HISTORY}`);
    return measured('no', [fact(HISTORY, 'committed offsets only went forward', { at })], { likely: history === null });
  }
  const facts = [
    ...seen.slice(0, 3).map((row) =>
      fact('OffsetFetch', `${place(row)} went back by ${count(row.trend?.rewound ?? 0, 'record')}`, {
        value: row.trend?.rewound ?? null,
        unit: 'records',
        at,
        windowMs,
      }),
    ),
    ...written.slice(0, 3).map((each) =>
      fact(
        HISTORY,
        `${place(each)}: ${count(each.rewinds, 'commit')} went back, by ${count(each.largestRewind, 'record')} at most`,
        {
          value: each.rewinds,
          unit: 'commits',
          at,
        },
      ),
    ),
  ];
  return measured(group.members.length > 0 ? 'members' : 'empty', facts, {
    concerns: [...seen.map(place), ...written.map(place)],
  });
});

const deletedUnread = probe('deleted-unread', ['yes', 'no'], (look, { name }) => {
  const found = rows(look, name, 'OUT-OF-RANGE');
  if (look.lag(name ?? '') === null) return unknown(NO_GROUP, 'kmedic groups list');
  if (found.length === 0) return measured('no', [fact(OFFSETS, 'nothing unread was deleted', { at: look.at })]);
  return measured('yes', rowFacts(look, found), { concerns: found.map(place) });
});

/** Partitions that the group reads and whose logs were cut off. */
function cutOff(look: Look, name: string | null): string[] {
  if (look.cutOff.size === 0) return [];
  const own = new Set((look.lag(name ?? '')?.partitions ?? []).map(place));
  return [...look.cutOff].filter((each) => own.has(each));
}

const watermarkBack = probe('watermark-back', ['yes', 'no'], (look, { name }) => {
  if (look.samples.length < 2) return unknown('one sample shows no movement', 'an older recording, and kmedic diff');
  const drops = cutOff(look, name);
  const { at, windowMs } = look;
  if (drops.length === 0)
    return measured('no', [fact('ListOffsets', 'no log was cut off while it was watched', { at, windowMs })]);
  return measured(
    'yes',
    [
      fact('ListOffsets', `the high watermark went back: ${some(drops)}`, {
        value: drops.length,
        unit: 'partitions',
        at,
        windowMs,
      }),
    ],
    { concerns: drops },
  );
});

const lossSuspected = probe('loss-suspected', ['yes', 'no'], (look, { name }) => {
  const drops = cutOff(look, name);
  return measured(
    drops.length > 0 ? 'yes' : 'no',
    [
      fact('ListOffsets', drops.length > 0 ? `the high watermark went back: ${some(drops)}` : 'no log was cut off', {
        at: look.at,
        windowMs: look.windowMs,
      }),
    ],
    { likely: drops.length === 0, concerns: drops },
  );
});

export const COMMIT_PROBES: readonly Probe[] = [
  commitsTrouble,
  commitPosition,
  topicRecreated,
  commitsWithoutMembers,
  commitMissing,
  retentionRisk,
  commitRewind,
  deletedUnread,
  watermarkBack,
  lossSuspected,
];
