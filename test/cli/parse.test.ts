import { describe, expect, it } from 'vitest';
import type { Parsed } from '../../src/cli/command-line.ts';
import { hintLine, hintWords, quote } from '../../src/cli/hint.ts';
import { parse, withBareOptions } from '../../src/cli/parse.ts';
import { COMMANDS, NOUNS } from '../../src/cli/registry.ts';
import { suggest } from '../../src/cli/suggest.ts';
import { KNOWLEDGE } from '../../src/diagnose/knowledge.ts';
import { nextCommand } from '../../src/health/findings.ts';
import { VERDICT_NAMES } from '../../src/health/verdicts.ts';
import { runCli } from './run-cli.ts';

function running(...argv: string[]): Extract<Parsed, { kind: 'run' }> {
  const parsed = parse(argv, {});
  if (parsed.kind !== 'run') throw new Error(`${argv.join(' ')} does not run anything`);
  return parsed;
}

const complaint = (...argv: string[]): string => {
  try {
    parse(argv, {});
  } catch (error) {
    const { message, advice, exit } = (error as { details: { message: string; advice: string; exit: number } }).details;
    return `${exit}: ${message}${advice ? ` | ${advice}` : ''}`;
  }
  return 'accepted';
};

describe('parse', () => {
  it('understands global options before, between and after the words of a command', () => {
    for (const argv of [
      ['-o', 'json', 'groups', 'list', '-b', 'a:1'],
      ['groups', '-o', 'json', 'list', '-b', 'a:1'],
      ['groups', 'list', '--output=json', '-b', 'a:1'],
      ['groups', 'list', '-ojson', '--bootstrap-server', 'a:1'],
    ]) {
      expect(running(...argv).invocation.globals).toMatchObject({ output: 'json', bootstrapServer: 'a:1' });
    }
  });

  it('lets the option nearest to the command win', () => {
    expect(running('-o', 'json', 'lag', '-o', 'csv').invocation.globals.output).toBe('csv');
  });

  it('gives options their types and defaults', () => {
    const { options, args } = running(
      'lag',
      'a',
      'b',
      '--topic',
      'x',
      '--topic',
      'y:1',
      '--window',
      '1m30s',
    ).invocation;
    expect(args).toEqual(['a', 'b']);
    expect(options).toMatchObject({
      topic: ['x', 'y:1'],
      window: 90_000,
      by: 'partition',
      all: false,
      watch: undefined,
      oldAfter: undefined,
    });
  });

  it('does not let --watch and --embedded swallow a group', () => {
    expect(running('lag', '--watch', 'payments').invocation).toMatchObject({
      args: ['payments'],
      options: { watch: 2000 },
    });
    expect(running('lag', '--watch', '500ms', 'payments').invocation).toMatchObject({
      args: ['payments'],
      options: { watch: 500 },
    });
    expect(running('lag', '--watch').invocation.options['watch']).toBe(2000);
    expect(running('lag', '--embedded', 'payments').invocation).toMatchObject({
      args: ['payments'],
      globals: { embedded: 'demo' },
    });
    expect(withBareOptions(['lag', '--', '--watch', 'x'])).toEqual(['lag', '--', '--watch', 'x']);
  });

  it('knows help and version as words, too', async () => {
    expect(await runCli(['help', 'groups', 'list'])).toEqual(await runCli(['groups', 'list', '--help']));
    expect(await runCli(['help'])).toEqual(await runCli(['--help']));
    expect((await runCli(['version'])).out).toBe('kmedic 9.9.9\n');
  });

  it('takes what follows -- as it is', () => {
    expect(running('lag', '--', '-weird').invocation.args).toEqual(['-weird']);
  });

  it.each([
    [['lga'], '2: kmedic has no command lga | did you mean kmedic lag?'],
    [['group'], '2: kmedic has no command group | did you mean kmedic groups?'],
    [['groups', 'desribe', 'x'], '2: kmedic groups has no command desribe | did you mean kmedic groups describe?'],
    [['lag', '--isolaton', 'x'], '2: kmedic lag has no option --isolaton | did you mean --isolation?'],
    [['lag', '--by', 'topics'], '2: --by topics: not one of partition, topic, member, group | did you mean topic?'],
    [['lag', '--window', 'soon'], '2: --window soon: not a time | write 500ms, 2s, 1m30s or 1h'],
    [['lag', '--samples', '0'], '2: --samples 0: not a whole number from 1 to 1000'],
    [['lag', '--topic'], '2: --topic <t[:0,1]> needs a value | kmedic lag --help tells more'],
    [['groups', 'describe'], '2: missing argument: group | groups to describe; globs and /regex/ work'],
    [['lag', '-g', 'payments'], '2: kmedic lag has no option -g | name the group without it: kmedic lag <group>'],
    [
      ['isr', '--topic', 'orders'],
      '2: kmedic isr has no option --topic | name the topic without it: kmedic isr <topic>',
    ],
    [['record', 'a', 'b'], '2: unexpected argument: b'],
    [
      ['groups', 'delete', 'x', '--from', 'f'],
      '2: kmedic groups delete takes no --from | it works on a cluster: -b host:port; kmedic lag, groups, isr, cluster, diagnose and offsets show read recordings',
    ],
    [['schema', 'lag', '-b', 'x'], '2: kmedic schema takes no --bootstrap-server | kmedic schema --help tells more'],
    [['-b', 'x', 'schema', 'lag'], '2: kmedic schema takes no --bootstrap-server | kmedic schema --help tells more'],
  ])('complains about %j', (argv, words) => {
    expect(complaint(...argv)).toBe(words);
  });

  it('suggests the kind of document that was meant', () => {
    expect(complaint('schema', 'lga')).toMatch(/^2: kind lga: not one of lag, groups, .* \| did you mean lag\?$/);
  });
});

describe('what is advertised exists', () => {
  it.each(COMMANDS.flatMap(({ examples }) => examples.map(({ command }) => command)))(
    'the example %s parses',
    (line) => {
      const argv = [...line.replace(/ > .*/, '').matchAll(/'([^']*)'|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? '',
      );
      expect(argv.shift()).toBe('kmedic');
      expect(parse(argv, {}).kind).toBe('run');
    },
  );

  it('every hint of every verdict is a command of this build, however the cluster is reached and the group is called', () => {
    for (const verdict of VERDICT_NAMES) {
      for (const group of ['payments', '-rf', "o'brien & co", 'a\nb', '']) {
        const next = nextCommand(verdict, group, [
          { topic: 'orders', partition: 2 },
          { topic: 'orders', partition: 5 },
        ]);
        if (next === null) continue;
        for (const reach of [[], ['-b', 'a:1,b:2'], ['--from', 'x y.json'], ['--embedded', 'demo']]) {
          const { command, invocation } = running(...hintWords(next, reach));
          if (command.path[0] !== 'diagnose') expect(invocation.args[0]).toBe(group);
          else {
            const tree = KNOWLEDGE.trees.get(invocation.args[0] ?? '');
            expect(invocation.options['group']).toBe(tree?.subject === 'group' ? group : undefined);
            expect(tree).toBeDefined();
          }
        }
      }
    }
  });

  it('offers a recording only what a recording can answer', () => {
    const next = nextCommand('STALL', 'g', [{ topic: 'orders', partition: 2 }]);
    expect(next && hintLine(next, ['--from', 'x.json'])).toBe('kmedic groups describe g --from x.json');
    expect(next && hintLine(next, ['-b', 'a:1'])).toBe('kmedic offsets peek g orders:2 -b a:1');
  });

  it('has a summary for every noun', () => {
    const nouns = new Set(COMMANDS.filter(({ path }) => path.length > 1).map(({ path }) => path[0]));
    expect([...nouns].sort()).toEqual(Object.keys(NOUNS).sort());
  });
});

describe('quote', () => {
  it.each([
    ['payments', 'payments'],
    ['a b', "'a b'"],
    ["o'brien", "'o'\\''brien'"],
    ['', "''"],
    ['$(rm -rf /)', "'$(rm -rf /)'"],
    ['支払い', "'支払い'"],
    ['größe-1', "'größe-1'"],
    ['a\u001b[2J', "$'a\\x1b[2J'"],
    ['a\u202eb', "$'a\\xe2\\x80\\xaeb'"],
    ['a\u00a0b', "$'a\\xc2\\xa0b'"],
  ])('quotes %j for a shell as %s', (word, quoted) => {
    expect(quote(word)).toBe(quoted);
  });
});

describe('suggest', () => {
  it('finds a swapped pair of letters, and nothing far away', () => {
    expect(suggest('lga', ['lag', 'groups'])).toBe('lag');
    expect(suggest('zebra', ['lag', 'groups'])).toBeNull();
  });
});
