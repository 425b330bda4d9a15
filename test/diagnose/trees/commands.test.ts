import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/cli/parse.ts';
import { fillCommand, isKafkaScript } from '../../../src/diagnose/fill-command.ts';
import { TREES } from '../../../src/diagnose/trees/index.ts';

const BLANKS = {
  group: 'payments',
  topic: 'orders',
  partition: '0',
  partitions: '0,2',
  offset: '41',
  broker: '1',
  'log-dir': '/var/lib/kafka',
  client: 'consumer.properties',
};
/** What no evidence can tell: the reader fills it in. */
const LEFT = /<(?:key|offset|topic|ms)>/g;

/** The shapes of Kafka's own commands; each was run against Apache Kafka 4.3.1. */
const SCRIPTS = [
  /^kafka-configs\.sh --alter --entity-type topics --entity-name \S+ --(?:add|delete)-config \S+$/,
  /^kafka-configs\.sh --alter --entity-type brokers (?:--entity-name 1|--entity-default) --add-config num\.[\w.]+=\d+$/,
  /^kafka-configs\.sh --describe --entity-type (?:users|clients)$/,
  /^kafka-reassign-partitions\.sh --reassignment-json-file replicas\.json --execute --throttle \d+$/,
  /^kafka-transactions\.sh describe-producers --topic orders --partition 0$/,
  /^kafka-transactions\.sh abort --topic orders --partition 0 --start-offset 41$/,
];

const leaves = TREES.flatMap((tree) => Object.entries(tree.leaves));
const lines = leaves.flatMap(([id, { commands, originals }]) => [
  ...commands.map((command) => ({ id, command })),
  ...originals.map(({ kmedic }) => ({ id, command: kmedic })),
]);

describe('commands of leaves', () => {
  it.each(lines)('$id: $command', ({ command }) => {
    const { words, behind } = fillCommand(command, BLANKS);
    expect(words.join(' ').replace(LEFT, '')).not.toMatch(/[{}<>]/);
    if (isKafkaScript(command)) return expect(SCRIPTS.some((script) => script.test(words.join(' ')))).toBe(true);
    const parsed = parse([...words, ...(behind.length === 0 ? [] : ['--', ...behind])], {});
    expect(parsed.kind).toBe('run');
  });

  it('are of kmedic wherever it can do it: Kafka’s own scripts change settings, replicas and transactions', () => {
    const scripts = lines.filter(({ command }) => isKafkaScript(command));
    expect(scripts.length).toBeGreaterThan(10);
    expect(leaves.filter(([, { commands }]) => commands.length > 0 && commands.every(isKafkaScript))).toEqual([]);
  });

  it('are there for every fault', () => {
    expect(leaves.filter(([, { outcome, commands }]) => outcome === 'fault' && commands.length === 0)).toEqual([]);
  });

  it('replace every one of Kafka’s scripts that the documents name', () => {
    const originals = leaves.flatMap(([, leaf]) => leaf.originals.map(({ original }) => original)).join('\n');
    for (const script of [
      'kafka-consumer-groups.sh --describe',
      'kafka-consumer-groups.sh --list',
      'kafka-consumer-groups.sh --reset-offsets',
      'kafka-topics.sh --describe',
      'kafka-configs.sh --describe',
      'kafka-configs.sh --alter',
      'kafka-dump-log.sh',
      'kafka-log-dirs.sh',
      'kafka-replica-verification.sh',
      'kafka-console-consumer.sh',
      'kafka-leader-election.sh',
      'GetOffsetShell',
      'JmxTool',
      'netstat',
      'df -h',
    ])
      expect(originals).toContain(script);
  });
});
