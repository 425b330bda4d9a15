import type { GroupHistory } from '../cluster/history.ts';
import type { Recording } from '../cluster/recording.ts';
import { compareRecordings } from './compare.ts';
import { byCodeUnit } from './join.ts';
import type { Severity } from './verdicts.ts';

/** Something that happened at a moment, or between two samples. */
export interface TimelineEvent {
  readonly atMs: number;
  /** `group payments`, `orders-2`, `broker 3`. */
  readonly subject: string;
  readonly text: string;
  readonly severity: Severity;
  readonly source: string;
}

/** A recording of very many changes is not a story any more. */
const EVENTS_AT_MOST = 400;
/** A storm is told by its length, not by each of its rebalances. */
const GENERATIONS_TOLD = 30;

/**
 * What happened while a recording was taken, and before it as far as `__consumer_offsets` tells: rebalances, members that
 * came and went, commits that went back, and whatever changed between two samples. Oldest first.
 */
export function timelineOf(recording: Recording): TimelineEvent[] {
  const events = [
    ...recording.histories.flatMap(eventsOfHistory),
    ...eventsOfSamples(recording),
    ...throttling(recording),
  ];
  events.sort((a, b) => a.atMs - b.atMs || byCodeUnit(a.subject, b.subject) || byCodeUnit(a.text, b.text));
  return events.slice(-EVENTS_AT_MOST);
}

const OFFSETS = '__consumer_offsets';

function eventsOfHistory(history: GroupHistory): TimelineEvent[] {
  const subject = `group ${history.group}`;
  const told = history.generations.slice(-GENERATIONS_TOLD);
  const events: TimelineEvent[] = told.map(({ generation, atMs, members, joined, left }) => {
    const moved = [...(joined > 0 ? [`${joined} joined`] : []), ...(left > 0 ? [`${left} left`] : [])].join(', ');
    const size =
      members.length === 0 ? 'no members' : `${members.length} ${members.length === 1 ? 'member' : 'members'}`;
    return {
      atMs,
      subject,
      text: `generation ${generation}: ${size}${moved === '' ? '' : ` (${moved})`}`,
      severity: members.length === 0 && left > 0 ? 'warn' : 'note',
      source: OFFSETS,
    };
  });
  const [first] = told;
  const skipped = history.generationsSeen - told.length;
  if (first !== undefined && skipped > 0) {
    const text = `${skipped} more generations before this one`;
    events.unshift({ atMs: first.atMs - 1, subject, text, severity: 'note', source: OFFSETS });
  }
  if (history.removedAtMs !== null) {
    const text = 'the group was removed: deleted, or empty and expired';
    events.push({ atMs: history.removedAtMs, subject, text, severity: 'warn', source: OFFSETS });
  }
  for (const { topic, partition, newest, removedAtMs } of history.commits) {
    const place = `${topic}-${partition}`;
    if (removedAtMs !== null) {
      const text = `the commit of ${place} was removed: it expired, or was deleted`;
      events.push({ atMs: removedAtMs, subject, text, severity: 'warn', source: OFFSETS });
    }
    for (const [at, { atMs, offset }] of newest.entries()) {
      const before = newest[at - 1]?.offset ?? offset;
      if (offset >= before) continue;
      const text = `the commit of ${place} went back from ${before} to ${offset}: ${before - offset} records are read again`;
      events.push({ atMs, subject, text, severity: 'warn', source: OFFSETS });
    }
  }
  return events;
}

/** What differs between one sample and the next happened in between; it is told at the later one. */
function eventsOfSamples(recording: Recording): TimelineEvent[] {
  const known = new Set(recording.histories.map(({ group }) => group));
  const alone = { ...recording, histories: [], topicConfigs: [], brokerConfigs: [] };
  return recording.samples.slice(1).flatMap((sample, index) => {
    const before = recording.samples[index];
    if (before === undefined) return [];
    const [was, now] = [
      { ...alone, samples: [before] },
      { ...alone, samples: [sample] },
    ];
    const { changes } = compareRecordings(was, now, recording.histories);
    return changes
      .filter(({ subject, what, name }) => {
        if (subject !== 'group') return true;
        // Lag moves in every sample: the charts show it. What the history told need not be told again.
        return what !== 'lag' && !(known.has(name) && (what === 'members' || what.startsWith('committed ')));
      })
      .map(({ subject, name, what, before: was, after, severity, meaning }) => ({
        atMs: Date.parse(sample.at),
        subject: subject === 'partition' ? name : subject === 'cluster' ? 'cluster' : `${subject} ${name}`,
        text: `${what}: ${was ?? '-'} → ${after ?? '-'} (${meaning})`,
        severity,
        source: 'samples',
      }));
  });
}

function throttling(recording: Recording): TimelineEvent[] {
  return recording.throttles.map(({ broker, api, atMs, throttleMs }) => ({
    atMs,
    subject: broker === null ? 'cluster' : `broker ${broker}`,
    text: `${api} was held back for ${throttleMs} ms by a quota`,
    severity: 'note',
    source: 'answers',
  }));
}
