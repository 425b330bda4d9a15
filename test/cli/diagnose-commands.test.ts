import { describe, expect, it } from 'vitest';
import { parse } from '../../src/cli/parse.ts';
import { sayCommand } from '../../src/cli/say-command.ts';
import { fillCommand, isKafkaScript, splitWords, withName } from '../../src/diagnose/fill-command.ts';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';

const leaves = [...KNOWLEDGE.trees.values()].flatMap(({ id: tree, leaves: all }) =>
  Object.entries(all).map(([id, leaf]) => ({ tree, id, leaf })),
);
const BLANKS = {
  group: 'payments',
  topic: 'orders',
  partition: '3',
  partitions: '3,4',
  offset: '41',
  broker: '2',
  'log-dir': '/var/lib/kafka',
  client: 'consumer.properties',
};

/** What our own parser makes of a line, as a reader would paste it. */
function parsed(words: readonly string[]): string {
  const result = parse(words, {});
  return result.kind === 'run' ? result.command.path.join(' ') : result.kind;
}

describe('commands of verdicts', () => {
  it.each(leaves.filter(({ leaf }) => leaf.commands.length > 0))('$id of $tree', ({ leaf }) => {
    for (const command of leaf.commands.filter((each) => !isKafkaScript(each))) {
      const { words, behind } = fillCommand(command, BLANKS);
      expect([...words, ...behind].join(' ')).not.toMatch(/[{}]/);
      expect(() => parsed(words)).not.toThrow();
      expect(parsed(words)).not.toBe('help');
      // With how the cluster is reached as well.
      const reached = sayCommand({ words, behind }, ['-b', 'kafka-1:9092']);
      expect(() => parsed(splitWords(reached).slice(1))).not.toThrow();
    }
  });

  it('what replaces a command of the documents is one of kmedic', () => {
    const wrong = leaves.flatMap(({ id, leaf }) =>
      leaf.originals.flatMap(({ kmedic }) => {
        const { words } = fillCommand(withName(kmedic).replace(/<(\w+)>/g, '{$1}'), BLANKS);
        try {
          parsed(words);
          return [];
        } catch (error) {
          return [`${id}: ${kmedic}: ${error instanceof Error ? error.message : String(error)}`];
        }
      }),
    );
    expect(wrong).toEqual([]);
  });
});

describe('how a command is told', () => {
  it('names the cluster only to commands that look at one, and a recording only to those that can read it', () => {
    const words = (line: string) => ({ words: line.split(' '), behind: [] });
    expect(sayCommand(words('lag payments'), ['-b', 'h:1'])).toBe('kmedic lag payments -b h:1');
    expect(sayCommand(words('runbook REB-03'), ['-b', 'h:1'])).toBe('kmedic runbook REB-03');
    expect(sayCommand(words('lag payments'), ['--from', 'a b'])).toBe("kmedic lag payments --from 'a b'");
    expect(sayCommand(words('isr elect --preferred'), ['--from', 'a'])).toBe('kmedic isr elect --preferred');
    expect(sayCommand(words('lag payments --watch'), ['--from', 'a'])).toBe('kmedic lag payments --watch');
    expect(sayCommand({ words: ['lag'], behind: ['-odd'] }, ['-b', 'h:1'])).toBe('kmedic lag -b h:1 -- -odd');
    expect(sayCommand(words('lag payments -b other:9092'), ['-b', 'h:1'])).toBe('kmedic lag payments -b other:9092');
  });

  it('of Kafka’s own scripts names the cluster as those want it', () => {
    const words = { words: ['kafka-configs.sh', '--describe', '--entity-type', 'users'], behind: [] };
    expect(sayCommand(words, ['-b', 'h:1', '--command-config', 'admin.properties'])).toBe(
      'kafka-configs.sh --bootstrap-server h:1 --command-config admin.properties --describe --entity-type users',
    );
    expect(sayCommand(words, ['--from', 'f'])).toBe(
      "kafka-configs.sh --bootstrap-server '<host:port>' --describe --entity-type users",
    );
  });
});
