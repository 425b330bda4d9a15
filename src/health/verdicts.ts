/**
 * What a group or a partition can be found to be. One table: the rule's id (stable, for scripts), how bad it is, and what
 * it means. `docs/verdicts.md` tells how each one is decided.
 */
export const SEVERITIES = ['ok', 'note', 'warn', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface VerdictInfo {
  readonly rule: string;
  readonly severity: Severity;
  readonly meaning: string;
}

/** Ordered from harmless to worst: the verdict of a group is the worst of its partitions'. */
export const VERDICTS = {
  OK: { rule: 'LAG-00', severity: 'ok', meaning: 'nothing is unread, or what is unread is recent' },
  EMPTY: { rule: 'LAG-15', severity: 'ok', meaning: 'the group has no members, and nothing waits for it' },
  UNSUBSCRIBED: {
    rule: 'LAG-14',
    severity: 'note',
    meaning: 'a commit is left over for a topic that no member subscribes to any more',
  },
  REBALANCING: {
    rule: 'LAG-16',
    severity: 'note',
    meaning: 'the group is between two assignments; owners shown are those of the previous one',
  },
  'CATCHING-UP': { rule: 'LAG-13', severity: 'note', meaning: 'old records are unread, and their number shrinks' },
  'NO-COMMIT': {
    rule: 'LAG-08',
    severity: 'warn',
    meaning: 'no offset is committed: where reading begins is decided by auto.offset.reset, and lag is unknown',
  },
  UNKNOWN: { rule: 'LAG-12', severity: 'warn', meaning: 'an offset that is needed could not be read' },
  'DELETED-TOPIC': {
    rule: 'LAG-10',
    severity: 'warn',
    meaning: 'the topic or partition does not exist (any more), and the group still refers to it',
  },
  BEHIND: {
    rule: 'LAG-03',
    severity: 'warn',
    meaning:
      'a member owns the partition and old records are unread; one sample cannot tell a stall from a slow consumer',
  },
  REWIND: { rule: 'LAG-05', severity: 'warn', meaning: 'the committed offset went back: records are read again' },
  SLOW: { rule: 'LAG-02', severity: 'warn', meaning: 'the group reads, but more slowly than records arrive' },
  'HIDDEN-BACKLOG': {
    rule: 'LAG-11',
    severity: 'error',
    meaning: 'records pile up behind a high watermark that stands still: lag looks healthy, and nobody can read them',
  },
  'BLOCKED-BY-TXN': {
    rule: 'LAG-17',
    severity: 'error',
    meaning: 'reading stopped at the last stable offset: an open transaction holds back what follows',
  },
  'NO-OWNER': {
    rule: 'LAG-04',
    severity: 'error',
    meaning: 'the group is live, records are unread, and no member owns the partition',
  },
  STOP: { rule: 'LAG-18', severity: 'error', meaning: 'records are unread, and the group has no members' },
  STALL: {
    rule: 'LAG-01',
    severity: 'error',
    meaning: 'a member owns the partition, old records are unread, and the committed offset does not move',
  },
  'INVALID-COMMIT': {
    rule: 'LAG-09',
    severity: 'error',
    meaning: 'a negative offset is committed: Java clients treat it as none, and Java tools fail on it',
  },
  'AHEAD-OF-END': {
    rule: 'LAG-07',
    severity: 'error',
    meaning: 'the committed offset lies beyond the end of the log: the topic was recreated, or its log was cut off',
  },
  'OUT-OF-RANGE': {
    rule: 'LAG-06',
    severity: 'error',
    meaning: 'the committed offset lies before the start of the log: records were deleted before they were read',
  },
  LEADERLESS: {
    rule: 'LAG-19',
    severity: 'error',
    meaning: 'the partition has no leader: nobody can read or write it, and its lag is unknown',
  },
  ERROR: { rule: 'LAG-20', severity: 'error', meaning: 'the group could not be read' },
} as const satisfies Record<string, VerdictInfo>;

export type Verdict = keyof typeof VERDICTS;

/** All verdicts, from harmless to worst. */
export const VERDICT_NAMES = Object.keys(VERDICTS) as [Verdict, ...Verdict[]];

const RANK = new Map<Verdict, number>(VERDICT_NAMES.map((name, index) => [name, index]));

/** The worse of two verdicts. */
export function worse(a: Verdict, b: Verdict): Verdict {
  return (RANK.get(a) ?? 0) >= (RANK.get(b) ?? 0) ? a : b;
}

/** How sure a finding is: `certain` follows from what was read, `likely` could still have another reason. */
export type Confidence = 'certain' | 'likely';
