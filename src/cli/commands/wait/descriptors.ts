import type { Command, OptionSpec } from '../../command.ts';

const WAITING = [
  {
    kind: 'integer',
    name: 'consecutive',
    value: 'n',
    default: 1,
    min: 1,
    max: 1000,
    description: 'it must hold in so many samples in a row',
  },
  { kind: 'duration', name: 'interval', value: 'time', default: 2_000, description: 'pause between two samples' },
  {
    kind: 'duration',
    name: 'timeout',
    value: 'time',
    default: 600_000,
    description: 'give up waiting after this long',
  },
] as const satisfies readonly OptionSpec[];

export const waitIsr = {
  path: ['wait', 'isr'],
  summary: 'until replication is healthy, or a broker can be restarted: for rolling restarts',
  description: [
    'healthy: every replica of every partition is in its ISR, and every broker answers. can-restart=2: what kmedic isr can-restart 2 answers with yes. Exit 0: it holds; 1: it did not within --timeout; 3: the cluster could not be reached.',
  ],
  argument: { name: 'topic', description: 'only these topics; all of them when none is named', arity: 'any' },
  connects: 'live',
  options: [
    {
      kind: 'text',
      name: 'for',
      value: 'condition',
      default: 'healthy',
      description: 'healthy, or can-restart=<broker,…>',
    },
    { kind: 'list', name: 'except', value: 't[:0,1]', description: 'leave out these topics; repeatable' },
    ...WAITING,
  ],
  examples: [
    { command: 'kmedic wait isr --for healthy --consecutive 3', tells: 'between two restarts' },
    { command: 'kmedic wait isr --for can-restart=2 --timeout 30m && ssh kafka-2 …', tells: 'before one' },
  ],
  run: () => import('./isr.ts'),
} as const satisfies Command;

export const waitGroup = {
  path: ['wait', 'group'],
  summary: 'until groups have no lag, are empty, or are stable',
  description: [
    'lag=0 (or lag<=100): the lag of every named group, with nothing unknown. empty: no members. stable: members, and no rebalance. Exit 0: it holds; 1: it did not within --timeout; 3: the cluster could not be reached.',
  ],
  argument: { name: 'group', description: 'exact names of the groups; it must hold for all of them', arity: 'some' },
  connects: 'live',
  options: [
    { kind: 'text', name: 'for', value: 'condition', default: 'lag=0', description: 'lag=N, lag<=N, empty or stable' },
    ...WAITING,
  ],
  examples: [
    { command: 'kmedic wait group payments --for lag=0', tells: 'until everything is read' },
    { command: 'kmedic wait group payments --for empty --timeout 60s', tells: 'until its members are gone' },
    { command: 'kmedic wait group payments --for stable --consecutive 3', tells: 'after a deployment' },
  ],
  run: () => import('./group.ts'),
} as const satisfies Command;

export const WAIT_COMMANDS: readonly Command[] = [waitIsr, waitGroup];
