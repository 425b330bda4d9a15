import { concernsOf } from './fold.ts';
import type { Ending } from './walk.ts';

/** Words that a leaf's command may leave open. */
export type Blank = 'group' | 'topic' | 'partition' | 'broker' | 'client';

/**
 * What an ending's commands are about: the subject first, then what its readings concern. A name is null where
 * nothing tells it.
 */
export function blanksOf(
  ending: Pick<Ending, 'subject' | 'path'>,
  client: string | null,
): Record<Blank, string | null> {
  const scopes = concernsOf(ending);
  const named = (kind: string): string | null =>
    scopes.find((scope) => scope.startsWith(`${kind} `))?.slice(kind.length + 1) ?? null;
  const [, topic, partition] = scopes.map((scope) => /^(\S+)-(\d+)$/.exec(scope)).find((match) => match !== null) ?? [];
  const own = named('topic');
  return {
    group: named('group'),
    topic: own ?? topic ?? null,
    // A partition of another topic would be worse than none.
    partition: own === null || own === topic ? (partition ?? null) : null,
    broker: named('broker'),
    client,
  };
}

/** A filled command line as words behind `kmedic`, unquoted. `behind`: arguments that look like options, and so belong behind `--`. */
export interface CommandWords {
  readonly words: readonly string[];
  readonly behind: readonly string[];
}

/** Fills a command line of a leaf. What nothing tells becomes `<topic>`: to be filled in by the reader. */
export function fillCommand(command: string, blanks: Readonly<Record<Blank, string | null>>): CommandWords {
  const written = splitWords(command.replace(/^kmedic /, ''));
  const filled = written.map((word, at) => ({
    text: word.replace(/\{(\w+)\}/g, (whole, name: string) => (isBlank(name) ? (blanks[name] ?? `<${name}>`) : whole)),
    argument: word.startsWith('{') && written[at - 1]?.startsWith('-') !== true,
  }));
  const behind = filled.filter(({ text, argument }) => argument && text.startsWith('-'));
  return {
    words: filled.filter((word) => !behind.includes(word)).map(({ text }) => text),
    behind: behind.map(({ text }) => text),
  };
}

function isBlank(name: string): name is Blank {
  return ['group', 'topic', 'partition', 'broker', 'client'].includes(name);
}

/** Words of a command as a leaf writes it: blanks between them, single quotes around what holds blanks. */
export function splitWords(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}

/** A command as it is told: its first word may have been left out. */
export function withName(command: string): string {
  return command.startsWith('kmedic ') ? command : `kmedic ${command}`;
}
