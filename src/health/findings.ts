import type { Group } from '../cluster/snapshot.ts';
import type { Finding, Next, PartitionLag } from './lag-report.ts';
import { phrase } from './phrase.ts';
import { VERDICT_NAMES, VERDICTS, type Verdict } from './verdicts.ts';

/** Gathers the partitions of a group by verdict, worst first. What is OK, or only noted, is no finding. */
export function findingsOf(group: Group, partitions: readonly PartitionLag[]): Finding[] {
  const findings: Finding[] = [];
  if (group.problem !== null) {
    findings.push({
      rule: VERDICTS.ERROR.rule,
      verdict: 'ERROR',
      severity: 'error',
      confidence: 'certain',
      group: group.group,
      partitions: [],
      next: null,
    });
  }
  const byVerdict = new Map<Verdict, PartitionLag[]>();
  for (const row of partitions) {
    if (row.verdict === 'OK') continue;
    const rows = byVerdict.get(row.verdict);
    if (rows === undefined) byVerdict.set(row.verdict, [row]);
    else rows.push(row);
  }
  if (byVerdict.size === 0) return findings;
  for (const verdict of [...VERDICT_NAMES].reverse()) {
    const rows = byVerdict.get(verdict);
    const { rule, severity } = VERDICTS[verdict];
    if (rows === undefined || severity === 'ok' || severity === 'note') continue;
    findings.push({
      rule,
      verdict,
      severity,
      confidence: rows.every((row) => row.confidence === 'certain') ? 'certain' : 'likely',
      group: group.group,
      partitions: rows.map(({ topic, partition, evidence }) => ({ topic, partition, evidence: evidence ?? phrase`` })),
      next: nextCommand(verdict, group.group, rows),
    });
  }
  return findings;
}

/** A partition that a finding is about. */
type Place = Pick<PartitionLag, 'topic' | 'partition'>;

/** The command that brings the reader on. Only commands of this build: a test parses every one of them. */
export function nextCommand(verdict: Verdict, group: string, places: readonly Place[]): Next | null {
  const make = COMMANDS[verdict];
  if (make === undefined) return null;
  const next: Next = { subject: group, ...make(places, group) };
  // Groups can be described and diagnosed from a recording as well; everything else needs a cluster.
  return OFFLINE.has(next.command[0] ?? '') ? next : { ...next, offline: DESCRIBE };
}

/** `events:0,3`: one topic at a time, the one that comes first. */
function topicAt(places: readonly Place[]): string {
  const topic = places[0]?.topic ?? '';
  const partitions = places.filter((place) => place.topic === topic).map(({ partition }) => partition);
  return `${topic}:${partitions.join(',')}`;
}

type Making = (places: readonly Place[], group: string) => Omit<Next, 'subject'> & Partial<Pick<Next, 'subject'>>;

const OFFLINE: ReadonlySet<string> = new Set(['groups', 'diagnose']);
const DESCRIBE = { command: ['groups', 'describe'], options: [] } as const;
const describe: Making = () => DESCRIBE;
/** The tree that finds out why: about the group, or about the whole cluster. */
const causeIn =
  (tree: string): Making =>
  (_places, group) => ({ command: ['diagnose', tree], subject: null, options: ['-g', group] });
const causeInCluster =
  (tree: string): Making =>
  () => ({ command: ['diagnose', tree], subject: null, options: [] });
const showOffsets: Making = () => ({ command: ['groups', 'describe'], options: ['--offsets'] });
/** A plan that changes nothing until it is applied. */
const resetTo =
  (target: string): Making =>
  (places) => ({ command: ['offsets', 'reset'], options: ['--topic', topicAt(places), '--to', target] });

const COMMANDS: Partial<Readonly<Record<Verdict, Making>>> = {
  BEHIND: () => ({ command: ['lag'], options: ['--window', '10s'] }),
  // The record that nobody gets past.
  STALL: ([place]) => ({
    command: ['offsets', 'peek'],
    more: place === undefined ? [] : [`${place.topic}:${place.partition}`],
    options: [],
  }),
  SLOW: causeIn('lag'),
  REWIND: causeIn('commits'),
  'HIDDEN-BACKLOG': causeInCluster('isr'),
  'BLOCKED-BY-TXN': causeInCluster('transactions'),
  'NO-OWNER': () => ({ command: ['groups', 'describe'], options: ['--assignments'] }),
  STOP: causeIn('lag'),
  LEADERLESS: causeInCluster('isr'),
  UNKNOWN: describe,
  'OUT-OF-RANGE': resetTo('start'),
  'AHEAD-OF-END': resetTo('end'),
  'INVALID-COMMIT': showOffsets,
  'NO-COMMIT': showOffsets,
  'DELETED-TOPIC': showOffsets,
};
