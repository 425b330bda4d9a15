import type { Command, OptionSpec } from '../../command.ts';

/** What a diagnosis can be written as. */
export const DIAGNOSIS_OUTPUTS = ['table', 'json', 'yaml', 'markdown'] as const;

const OUTPUT = {
  kind: 'choice',
  name: 'output',
  short: 'o',
  value: 'format',
  choices: DIAGNOSIS_OUTPUTS,
  default: 'table',
  description: 'for a person, as one document, or as an incident report',
} as const satisfies OptionSpec;

const SHOW_SOURCES = {
  kind: 'flag',
  name: 'show-sources',
  description: 'where each verdict comes from, and which claims of the documents are wrong',
} as const satisfies OptionSpec;

const NO_INPUT = {
  kind: 'flag',
  name: 'no-input',
  description: 'never ask: walk every branch that is possible',
} as const;

export const diagnose = {
  path: ['diagnose'],
  summary: 'find the cause: measured where it can be, asked where it cannot; exit 1: a fault was found',
  description: [
    'Walks debugging trees. Each step shows what was measured, or asks; what nobody knows is never guessed. Without a tree it begins with what the cluster shows, and with symptoms.',
    'A pipe, -o json, yaml or markdown, and --no-input ask nothing: every branch that is still possible is walked, and the endings are ranked by evidence. kmedic runbook lists the trees.',
  ],
  argument: { name: 'tree', description: 'a tree or a symptom: kmedic runbook lists them', arity: 'optional' },
  connects: 'live-or-recording',
  options: [
    { kind: 'text', name: 'group', short: 'g', value: 'group', description: 'the group to look at' },
    { kind: 'text', name: 'topic', short: 't', value: 'topic', description: 'the topic to look at' },
    {
      kind: 'text',
      name: 'client-config',
      value: 'file',
      description: "a client's own properties file: what it is set to cannot be seen from the cluster",
    },
    {
      kind: 'text',
      name: 'log-dir',
      value: 'dir',
      description: "a broker's log directory, for what only its files tell",
    },
    NO_INPUT,
    {
      kind: 'text',
      name: 'answers',
      value: 'file',
      description: 'answers beforehand, as JSON or YAML: "tree/question@subject": answer',
    },
    { kind: 'integer', name: 'samples', value: 'n', min: 1, max: 1000, description: 'samples to take (default 6)' },
    { kind: 'duration', name: 'every', value: 'time', description: 'from one sample to the next (default 2s)' },
    { kind: 'duration', name: 'window', value: 'time', description: 'spread the samples over this long' },
    { kind: 'text', name: 'save', value: 'file', description: 'keep evidence, answers and verdicts as a session' },
    { kind: 'text', name: 'resume', value: 'session', description: 'go on with a saved session, on its own evidence' },
    { kind: 'flag', name: 'force', description: 'let --save replace a file' },
    SHOW_SOURCES,
    OUTPUT,
  ],
  examples: [
    { command: 'kmedic diagnose -b kafka-1:9092', tells: 'begin with what the cluster shows' },
    { command: 'kmedic diagnose lag -g payments', tells: 'why does this group fall behind?' },
    { command: 'kmedic diagnose --no-input -o markdown --window 30s', tells: 'an incident report, unattended' },
    {
      command: 'kmedic diagnose rebalance -g payments --client-config consumer.properties',
      tells: 'with its settings',
    },
    { command: 'kmedic diagnose --from incident.kmedic', tells: 'a recording, offline' },
  ],
  run: () => import('./diagnose.ts'),
} as const satisfies Command;

export const diagnoseReplay = {
  path: ['diagnose', 'replay'],
  summary: "a saved session step by step, judged again by today's trees, and where that differs",
  argument: { name: 'session', description: 'a file of diagnose --save', arity: 'one' },
  connects: 'no',
  options: [NO_INPUT, SHOW_SOURCES, OUTPUT],
  examples: [
    { command: 'kmedic diagnose replay incident.kmedic', tells: 'Enter goes to the next step' },
    { command: 'kmedic diagnose replay incident.kmedic -o json', tells: 'with differences[] to the verdict of then' },
  ],
  run: () => import('./replay.ts'),
} as const satisfies Command;

export const DIAGNOSE_COMMANDS: readonly Command[] = [diagnose, diagnoseReplay];
