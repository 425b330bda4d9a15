import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/cli/parse.ts';
import { fillCommand } from '../../../src/diagnose/fill-command.ts';
import { TREES } from '../../../src/diagnose/trees/index.ts';

const BLANKS = { group: 'payments', topic: 'orders', partition: '0', broker: '1', client: 'consumer.properties' };

const leaves = TREES.flatMap((tree) => Object.entries(tree.leaves));
const lines = leaves.flatMap(([id, { commands, originals }]) => [
  ...commands.map((command) => ({ id, command })),
  ...originals.map(({ kmedic }) => ({ id, command: kmedic })),
]);

describe('commands of leaves', () => {
  it.each(lines)('$id: kmedic $command', ({ command }) => {
    const { words, behind } = fillCommand(command, BLANKS);
    expect(words.join(' ')).not.toMatch(/[{}<>]/);
    const parsed = parse([...words, ...(behind.length === 0 ? [] : ['--', ...behind])], {});
    expect(parsed.kind).toBe('run');
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
