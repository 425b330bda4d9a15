import type { VerdictInfo } from './verdicts.ts';

/**
 * What a partition's replication can be found to be, from harmless to worst. One table: the rule's stable id, how bad it
 * is, and what it means. `docs/replication.md` tells how each one is decided.
 */
export const ISR_VERDICTS = {
  OK: { rule: 'ISR-00', severity: 'ok', meaning: 'every replica is in sync, and one may be lost' },
  'NO-SPARE': {
    rule: 'ISR-08',
    severity: 'note',
    meaning: 'every replica is in sync, but losing one stops acks=all producers, or everybody: so it was set up',
  },
  UNBALANCED: {
    rule: 'ISR-07',
    severity: 'note',
    meaning: 'the leader is not the preferred replica (the first of the list)',
  },
  REASSIGNING: { rule: 'ISR-06', severity: 'note', meaning: 'replicas are being moved' },
  'UNDER-REPLICATED': {
    rule: 'ISR-05',
    severity: 'warn',
    meaning: 'replicas are missing from the ISR; writes still go through, and more than one failure is survived',
  },
  'ISR-FOREIGN': {
    rule: 'ISR-09',
    severity: 'warn',
    meaning: 'the ISR names a broker that holds no replica: a defect of the cluster or of what reported it',
  },
  'AT-MIN-ISR': {
    rule: 'ISR-03',
    severity: 'warn',
    meaning: 'replicas are missing, and one more failure makes it read-only for acks=all producers',
  },
  'UNDER-MIN-ISR': {
    rule: 'ISR-02',
    severity: 'error',
    meaning:
      'acks=all producers are failing now (NOT_ENOUGH_REPLICAS; Java shows a TimeoutException); what acks=1 producers write stays invisible to consumers',
  },
  'LEADER-SILENT': {
    rule: 'ISR-04',
    severity: 'error',
    meaning: 'its leader does not answer: nobody can read or write it until the controllers elect another one',
  },
  OFFLINE: { rule: 'ISR-01', severity: 'error', meaning: 'no leader: nobody can read or write it' },
} as const satisfies Record<string, VerdictInfo>;

export type IsrVerdict = keyof typeof ISR_VERDICTS;

export const ISR_VERDICT_NAMES = Object.keys(ISR_VERDICTS) as [IsrVerdict, ...IsrVerdict[]];

const RANK = new Map<IsrVerdict, number>(ISR_VERDICT_NAMES.map((name, index) => [name, index]));

/** 0 is harmless. */
export function isrRank(verdict: IsrVerdict): number {
  return RANK.get(verdict) ?? 0;
}
