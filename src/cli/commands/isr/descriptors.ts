import type { Command } from '../../command.ts';

export const isr = {
  path: ['isr'],
  summary: 'replicas, ISR and min ISR of every partition, worst first, with a verdict',
  description: [
    'Without a name: all topics. Names may be globs (pay*), regular expressions between slashes (/^pay/) or single partitions (orders:0,2).',
    'The filters are those of kafka-topics, by the same rules; several add up. The verdict goes by what brokers do: they apply min(min.insync.replicas, number of replicas).',
  ],
  argument: { name: 'topic', description: 'topics to look at; all of them when none is named', arity: 'any' },
  connects: 'live-or-recording',
  options: [
    { kind: 'flag', name: 'under-replicated', description: 'partitions whose ISR is smaller than their replicas' },
    { kind: 'flag', name: 'under-min-isr', description: 'partitions that refuse acks=all writes, or have no leader' },
    { kind: 'flag', name: 'at-min-isr', description: 'partitions whose ISR is exactly min.insync.replicas' },
    { kind: 'flag', name: 'offline', description: 'partitions without a leader (--unavailable-partitions)' },
    { kind: 'flag', name: 'reassigning', description: 'partitions whose replicas are being moved' },
    { kind: 'flag', name: 'unbalanced', description: 'partitions not led by their preferred replica' },
    { kind: 'flag', name: 'only-problems', description: 'only partitions whose verdict is a warning or an error' },
    { kind: 'flag', name: 'exit-code', description: 'exit 1 when a verdict is an error' },
  ],
  examples: [
    { command: 'kmedic isr', tells: 'every partition, worst first' },
    { command: 'kmedic isr --only-problems -b kafka-1:9092', tells: 'what is wrong now, why, and what to do' },
    { command: "kmedic isr 'pay*' --under-min-isr", tells: 'where producers fail' },
    { command: 'kmedic isr --from incident.json -o json', tells: 'a recording, as one document' },
  ],
  run: () => import('./isr.ts'),
} as const satisfies Command;

export const isrCanRestart = {
  path: ['isr', 'can-restart'],
  summary: 'what would break if these brokers stopped now; exit 0: nothing, 1: something',
  description: [
    'Simulates the loss by the controller’s own rules: which partitions go offline or under min ISR, which leaders and group coordinators move, whether the controllers keep their majority. Brokers that do not answer count as lost already. Nothing is changed.',
  ],
  argument: { name: 'broker', description: 'broker ids; several are stopped together', arity: 'some' },
  connects: 'live-or-recording',
  options: [
    {
      kind: 'list',
      name: 'except',
      value: 't[:0,1]',
      description: 'leave out topics that may go away (a single replica …); globs and /regex/ work, repeatable',
    },
  ],
  examples: [
    { command: 'kmedic isr can-restart 2', tells: 'may broker 2 be restarted?' },
    { command: 'kmedic isr can-restart 2 3', tells: 'both at once?' },
    { command: "kmedic isr can-restart 2 --except 'tmp-*' && systemctl restart kafka", tells: 'in a script' },
  ],
  run: () => import('./can-restart.ts'),
} as const satisfies Command;

export const isrElect = {
  path: ['isr', 'elect'],
  summary: 'elect the preferred replicas, or (last resort) unclean leaders: a plan, until --execute',
  description: [
    'Shows what would be elected, and changes nothing, until --execute is given. --unclean is for partitions without a leader only: records that the last leader had and the new one has not are lost for good, and --execute needs --accept-data-loss beside it.',
  ],
  argument: {
    name: 'topic',
    description: 'topics or partitions (orders:0,2); all of them when none is named',
    arity: 'any',
  },
  connects: 'live',
  options: [
    { kind: 'flag', name: 'preferred', description: 'move leaders to the first replica of the list' },
    { kind: 'flag', name: 'unclean', description: 'give leaderless partitions a leader from outside the ISR' },
    { kind: 'flag', name: 'execute', description: 'really elect' },
    { kind: 'flag', name: 'accept-data-loss', description: 'with --unclean --execute: the records are given up' },
    { kind: 'flag', name: 'yes', description: 'go on without being asked on a protected cluster' },
  ],
  examples: [
    { command: 'kmedic isr elect --preferred', tells: 'which leaders would move' },
    { command: 'kmedic isr elect --preferred --execute', tells: 'move them' },
    { command: 'kmedic isr elect orders:1 --unclean', tells: 'who could lead, and what would be lost' },
  ],
  run: () => import('./elect.ts'),
} as const satisfies Command;

export const ISR_COMMANDS: readonly Command[] = [isr, isrCanRestart, isrElect];
