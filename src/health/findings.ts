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
    const rows = byVerdict.get(row.verdict);
    if (rows === undefined) byVerdict.set(row.verdict, [row]);
    else rows.push(row);
  }
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
      next: nextCommand(verdict, group.group),
    });
  }
  return findings;
}

/** The command that brings the reader on. Only commands of this build: a test parses every one of them. */
export function nextCommand(verdict: Verdict, group: string): Next | null {
  const command = COMMANDS[verdict];
  return command === undefined ? null : { ...command, subject: group };
}

const LOOK_AT_OFFSETS = { command: ['groups', 'describe'], options: ['--offsets'] } as const;
const DESCRIBE = { command: ['groups', 'describe'], options: [] } as const;
const WATCH = { command: ['lag'], options: ['--watch'], offline: DESCRIBE } as const;

const COMMANDS: Partial<Readonly<Record<Verdict, Omit<Next, 'subject'>>>> = {
  BEHIND: { command: ['lag'], options: ['--window', '10s'], offline: DESCRIBE },
  STALL: WATCH,
  SLOW: WATCH,
  REWIND: WATCH,
  'HIDDEN-BACKLOG': WATCH,
  'BLOCKED-BY-TXN': WATCH,
  'NO-OWNER': { command: ['groups', 'describe'], options: ['--assignments'] },
  STOP: DESCRIBE,
  LEADERLESS: DESCRIBE,
  UNKNOWN: DESCRIBE,
  'OUT-OF-RANGE': LOOK_AT_OFFSETS,
  'AHEAD-OF-END': LOOK_AT_OFFSETS,
  'INVALID-COMMIT': LOOK_AT_OFFSETS,
  'NO-COMMIT': LOOK_AT_OFFSETS,
  'DELETED-TOPIC': LOOK_AT_OFFSETS,
};
