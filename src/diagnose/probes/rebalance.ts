import type { Group } from '../../cluster/snapshot.ts';
import type { Fact, Probe } from '../model.ts';
import { type Churn, churnOf, DEPARTURES, type Departure } from './churn.ts';
import type { Look } from './look.ts';
import { count, fact, measured, place, probe, some, unknown } from './reading.ts';

/** Probes of membership and rebalances. */

const HISTORY = '__consumer_offsets';
const GROUPS = 'DescribeGroups';
const BETWEEN = new Set(['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling']);
/** A rebalance takes seconds. */
const STUCK_MS = 30_000;
/** Members, or members × partitions, that make dividing slow. */
const LARGE_MEMBERS = 200;
/**
 * Assignors by the names that members tell, in lower case: whether each rebalance takes everything from everybody. Java, librdkafka,
 * kafka-python, Sarama and franz-go call them alike; `stream` is Kafka Streams since 2.4, the last two are Connect's.
 */
const ASSIGNORS: ReadonlyMap<string, { readonly kind: 'eager' | 'incremental'; readonly of?: string }> = new Map([
  ['range', { kind: 'eager' }],
  ['roundrobin', { kind: 'eager' }],
  ['sticky', { kind: 'eager' }],
  ['cooperative-sticky', { kind: 'incremental' }],
  ['roundrobinassigner', { kind: 'eager', of: 'kafkajs, which has no incremental one' }],
  ['rack-affinity', { kind: 'eager', of: 'kafka-go' }],
  ['stream', { kind: 'incremental', of: 'Kafka Streams' }],
  ['compatible', { kind: 'incremental', of: 'Kafka Connect' }],
  ['sessioned', { kind: 'incremental', of: 'Kafka Connect' }],
]);
const NO_HISTORY = 'what the coordinator wrote down of this group was not read';
const TELLS_HISTORY = `READ on ${HISTORY}; or several samples: kmedic record out.kmedic --samples 12 --every 5s`;

const seconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

/** Members that came back under another id between two samples, by client. */
function returnsInSamples(look: Look, group: string): number {
  const seen = new Map<string, Set<string>>();
  const sightings = look.sightings(group);
  for (const sample of sightings)
    for (const { clientId, host, instanceId, memberId } of sample?.members ?? []) {
      const client = instanceId ?? `${clientId}@${host}`;
      const ids = seen.get(client);
      if (ids === undefined) seen.set(client, new Set([memberId]));
      else ids.add(memberId);
    }
  const most = Math.max(1, ...sightings.map((sample) => sample?.members.length ?? 0));
  const ids = [...seen.values()].reduce((sum, { size }) => sum + size, 0);
  return ids > 2 * most ? ids - most : 0;
}

/** A rebalance that is under way in every sample, for long enough. */
function isStuck(look: Look, group: string): boolean {
  if (look.windowMs < STUCK_MS) return false;
  if (!look.sightings(group).every((sample) => sample !== undefined && BETWEEN.has(sample.state ?? ''))) return false;
  const newest = look.history(group)?.generations.at(-1)?.atMs ?? 0;
  return newest < Date.parse(look.samples[0]?.at ?? look.at);
}

function churn(look: Look, group: string): Churn | null {
  const history = look.history(group);
  return history === null ? null : churnOf(look, history);
}

function churnFacts(look: Look, found: Churn): Fact[] {
  // A storm that is over is still in the window: how long ago it last rebalanced tells.
  const last = found.lastAtMs === null ? '' : `, the last one ${seconds(look.atMs - found.lastAtMs)} ago`;
  const clients = [...new Set(found.returns.map(({ client }) => client))];
  return [
    fact(
      HISTORY,
      found.generations === 0
        ? 'no generation is written there'
        : `${count(found.generations, 'generation')} in ${seconds(found.windowMs)}${last}`,
      {
        value: found.generations,
        unit: 'generations',
        at: look.at,
        windowMs: found.windowMs,
      },
    ),
    ...(found.returns.length === 0
      ? []
      : [
          fact(HISTORY, `${found.returns.length} times a client went and came back: ${some(clients)}`, {
            value: found.returns.length,
            at: look.at,
            windowMs: found.windowMs,
          }),
        ]),
  ];
}

/** What it was that repeated, in words. */
const WENT: Readonly<Record<Departure, string>> = {
  'poll-interval': 'the same clients left after their max.poll.interval.ms, and joined again',
  session: 'the same clients were dropped at their session timeout, and joined again',
  restart: 'clients ended and started anew',
  scaling: 'other clients came and went',
  unchanged: 'nobody came or went',
};

function restText(look: Look, { lastAtMs, longestGapMs }: Churn): string {
  return `none for ${seconds(look.atMs - (lastAtMs ?? look.atMs))}; before that they were ${seconds(longestGapMs)} apart at most`;
}

function overFacts(look: Look, found: Churn): Fact[] {
  const { pattern } = found;
  return [
    fact(HISTORY, restText(look, found), { at: look.at }),
    ...(pattern === null ? [] : [fact(HISTORY, `while it lasted, ${WENT[pattern]}`, { value: pattern, at: look.at })]),
  ];
}

export const rebalancePattern = probe('rebalance-pattern', ['repeated', 'over', 'stuck', 'calm'], (look, subject) => {
  const group = look.group(subject);
  if (group === null) return unknown('the group is not in the recording', 'kmedic groups list');
  if (isStuck(look, group.group))
    return measured('stuck', [
      fact(GROUPS, `${group.state} in all ${count(look.samples.length, 'sample')}`, {
        value: group.state,
        at: look.at,
        windowMs: look.windowMs,
      }),
    ]);
  const found = churn(look, group.group);
  const rests = found !== null && !BETWEEN.has(group.state ?? '');
  if (rests && found.over === 'yes') return measured('over', [...churnFacts(look, found), ...overFacts(look, found)]);
  if (rests && found.over === 'perhaps') {
    const pauses = fact(HISTORY, `${restText(look, found)}: it may be over; look again in half a minute`, {
      at: look.at,
    });
    return measured('repeated', [...churnFacts(look, found), pauses], { likely: true });
  }
  if (found !== null) return measured(found.pattern === null ? 'calm' : 'repeated', churnFacts(look, found));
  const back = returnsInSamples(look, group.group);
  if (back > 0)
    return measured(
      'repeated',
      [
        fact(GROUPS, `${count(back, 'member')} came back under another id`, {
          value: back,
          at: look.at,
          windowMs: look.windowMs,
        }),
      ],
      { likely: true },
    );
  return unknown(NO_HISTORY, TELLS_HISTORY, {
    facts: [fact(GROUPS, `state ${group.state ?? 'unknown'}`, { value: group.state, at: look.at })],
  });
});

const rebalanceTrouble = probe('rebalance-trouble', ['yes', 'no'], (_look, subject, evidence) => {
  const reading = rebalancePattern.measure(evidence, subject);
  if (reading.status === 'measured') return { ...reading, answer: reading.answer === 'calm' ? 'no' : 'yes' };
  // A group that nobody keeps a history of, and that rests in every sample, gives no reason to look closer.
  return measured('no', reading.facts, { likely: true });
});

const rebalanceRepeated = probe('rebalance-repeated', ['yes', 'no'], (_look, subject, evidence) => {
  const reading = rebalancePattern.measure(evidence, subject);
  if (reading.status !== 'measured') return reading;
  return { ...reading, answer: reading.answer === 'calm' || reading.answer === 'over' ? 'no' : 'yes' };
});

export const departures = probe('departures', DEPARTURES, (look, { name }) => {
  const found = churn(look, name ?? '');
  if (found === null) return unknown(NO_HISTORY, `READ on ${HISTORY}`);
  if (found.pattern === null)
    return unknown('nothing repeats in what was written down', 'the clients’ logs', { facts: churnFacts(look, found) });
  const own = found.returns.filter(({ kind }) => kind === found.pattern);
  const gaps = own.map(({ afterMs }) => afterMs).sort((a, b) => a - b);
  const [one] = own;
  const facts = churnFacts(look, found);
  if (one !== undefined) {
    const { rebalanceTimeoutMs, sessionTimeoutMs } = one.member;
    facts.push(
      fact(HISTORY, `they went ${seconds(gaps[0] ?? 0)} to ${seconds(gaps.at(-1) ?? 0)} after their last generation`, {
        value: gaps[gaps.length >> 1] ?? null,
        unit: 'ms',
        at: look.at,
        windowMs: found.windowMs,
      }),
      fact(
        HISTORY,
        `their rebalance timeout (max.poll.interval.ms in Java) is ${rebalanceTimeoutMs === null ? 'not told' : seconds(rebalanceTimeoutMs)}, their session timeout ${sessionTimeoutMs === null ? 'the broker’s' : seconds(sessionTimeoutMs)}`,
        { value: rebalanceTimeoutMs, unit: 'ms' },
      ),
    );
  }
  const total = found.returns.length;
  return measured(found.pattern, facts, { likely: total > 0 && own.length * 4 < total * 3 });
});

/** Members go, and no commit moves between one going and the next: their successors read the same records again. */
export const replays = probe('replays', ['crash', 'rebalance', 'no'], (look, { name }) => {
  const history = look.history(name ?? '');
  const found = churn(look, name ?? '');
  if (history === null || found === null) return unknown(NO_HISTORY, `READ on ${HISTORY}`);
  if (found.pattern === null) return measured('no', churnFacts(look, found));
  const times = found.returns.map(({ wentAtMs }) => wentAtMs).sort((a, b) => a - b);
  const from = times[0] ?? look.atMs;
  const moved = history.commits.flatMap(({ newest }) =>
    newest.filter(({ atMs }, at) => atMs >= from && at > 0 && newest[at - 1]?.offset !== newest[at]?.offset),
  );
  const unread = (look.lag(name ?? '')?.partitions ?? []).filter(
    ({ lag, start, end, committed }) =>
      (lag ?? (committed === null && start !== null && end !== null ? end - start : 0)) > 0,
  );
  const facts = [
    ...churnFacts(look, found),
    fact(HISTORY, `${count(moved.length, 'commit')} moved in that time`, {
      value: moved.length,
      unit: 'commits',
      at: look.at,
      windowMs: look.atMs - from,
    }),
    fact('ListOffsets', `unread in ${count(unread.length, 'partition')}`, {
      value: unread.length,
      unit: 'partitions',
      at: look.at,
    }),
  ];
  // Each life of a member should commit at least once in each of its partitions.
  if (found.pattern === 'restart' && unread.length > 0 && moved.length < found.returns.length)
    return measured('crash', facts, { concerns: unread.map(place) });
  if (found.pattern === 'poll-interval' || found.pattern === 'session') return measured('rebalance', facts);
  return measured('no', facts, { likely: true });
});

const duplicatesVisible = probe('duplicates-visible', ['yes', 'no'], (look, subject, evidence) => {
  const replay = replays.measure(evidence, subject);
  if (replay.status === 'measured' && replay.answer === 'crash') return { ...replay, answer: 'yes' };
  const back = (look.lag(subject.name ?? '')?.partitions ?? []).filter(
    ({ verdict, owners }) => verdict === 'REWIND' && owners > 0,
  );
  if (back.length > 0)
    return measured('yes', [
      fact('OffsetFetch', `commits went back: ${some(back.map(place))}`, { at: look.at, windowMs: look.windowMs }),
    ]);
  return measured('no', [fact(HISTORY, 'no records are read again', { at: look.at })], { likely: true });
});

export const assignor = probe('assignor', ['eager', 'incremental'], (look, subject) => {
  const group = look.group(subject);
  if (group?.type === 'consumer')
    return measured('incremental', [
      fact(GROUPS, 'the broker assigns (newer protocol)', { value: group.protocol, at: look.at }),
    ]);
  const protocol =
    group?.protocol ??
    look.history(subject.name ?? '')?.generations.findLast((each) => each.protocol !== null)?.protocol ??
    null;
  if (protocol === null)
    return unknown('the group has no assignor now', 'partition.assignment.strategy of its members');
  const known = ASSIGNORS.get(protocol.toLowerCase());
  const text = `assignor ${protocol}${known?.of === undefined ? '' : `, of ${known.of}`}`;
  const facts = [fact(GROUPS, text, { value: protocol, at: look.at })];
  if (known !== undefined) return measured(known.kind, facts);
  return unknown(`whether ${protocol} is incremental is not known here`, 'its documentation', { facts });
});

const rebalanceSize = probe('rebalance-size', ['straggler', 'large'], (look, subject) => {
  const group = look.group(subject);
  if (group === null) return unknown('the group is not in the recording', 'kmedic groups list');
  const members = Math.max(group.members.length, look.history(group.group)?.generations.at(-1)?.members.length ?? 0);
  const facts = [fact(GROUPS, count(members, 'member'), { value: members, unit: 'members', at: look.at })];
  return measured(members >= LARGE_MEMBERS ? 'large' : 'straggler', facts, { likely: true });
});

/** Partitions of the topics that the members subscribe to or own; null where one of these is not in the recording. */
function partitionsOf(look: Look, group: Group): number | null {
  const topics = new Set(
    group.members.flatMap(({ subscribedTopics, assignment }) => [
      ...(subscribedTopics ?? []),
      ...assignment.map(({ topic }) => topic),
    ]),
  );
  let partitions = 0;
  for (const name of topics) {
    const topic = look.topic(name);
    if (topic === null) return null;
    partitions += topic.partitions.length;
  }
  return topics.size === 0 ? null : partitions;
}

const membersPartitions = probe('members-partitions', ['more', 'same', 'fewer'], (look, subject) => {
  const group = look.group(subject);
  if (group === null || group.members.length === 0)
    return unknown('the group has no members now', 'kmedic groups describe --members while it runs');
  if (group.type === 'share')
    return measured('fewer', [fact(GROUPS, 'a share group divides records, not partitions', { at: look.at })]);
  const partitions = partitionsOf(look, group);
  if (partitions === null)
    return unknown('not all that the members subscribe to is known', 'kmedic groups describe --assignments');
  const members = group.members.length;
  const idle = group.members.filter(({ assignment }) =>
    assignment.every((part) => part.partitions.length === 0),
  ).length;
  const facts = [
    fact(GROUPS, `${count(members, 'member')} for ${count(partitions, 'partition')}`, {
      value: members,
      unit: 'members',
      at: look.at,
    }),
    ...(idle === 0
      ? []
      : [fact(GROUPS, `without a partition: ${count(idle, 'member')}`, { value: idle, unit: 'members', at: look.at })]),
  ];
  // Of a recording of some partitions only, members could seem too many: then none of them is idle.
  if (members > partitions && idle === 0)
    return unknown('every member owns partitions, more than were recorded', 'a recording of the whole topic', {
      facts,
    });
  return measured(members > partitions ? 'more' : members === partitions ? 'same' : 'fewer', facts);
});

const idleMembers = probe('idle-members', ['yes', 'no'], (look, subject, evidence) => {
  const reading = membersPartitions.measure(evidence, subject);
  if (reading.status !== 'measured')
    return measured('no', [fact(GROUPS, 'no members, or nothing known of them', { at: look.at })], { likely: true });
  const idle = reading.answer === 'more' && look.group(subject)?.state === 'Stable';
  return { ...reading, answer: idle ? 'yes' : 'no' };
});

export const REBALANCE_PROBES: readonly Probe[] = [
  rebalanceTrouble,
  rebalancePattern,
  rebalanceRepeated,
  departures,
  replays,
  duplicatesVisible,
  assignor,
  rebalanceSize,
  membersPartitions,
  idleMembers,
];
