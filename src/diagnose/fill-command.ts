import { concernsOf } from './fold.ts';
import type { Evidence } from './model.ts';
import { lookAt } from './probes/look.ts';
import type { Ending } from './walk.ts';

/**
 * Words that a leaf's command may leave open. `partitions`: all that the ending is about, of one topic. `offset`: where an
 * open transaction of the partition begins. `log-dir`: where the broker has its files.
 */
const BLANKS = ['group', 'topic', 'partition', 'partitions', 'offset', 'broker', 'log-dir', 'client'] as const;
export type Blank = (typeof BLANKS)[number];
export type Blanks = Readonly<Partial<Record<Blank, string | null>>>;

/** Of so many topics each gets a line of its own; more would bury the verdict. */
const TOPICS_TOLD = 5;

type About = Pick<Ending, 'subject' | 'path'>;

/**
 * What an ending's commands are about: the subject first, then what its readings concern, the last reading first: it is
 * the closest one. A name is null where nothing tells it.
 */
export function blanksOf(ending: About, evidence: Evidence): Blanks {
  const scopes = concernsOf(ending);
  const named = (kind: string): string | null =>
    scopes.find((scope) => scope.startsWith(`${kind} `))?.slice(kind.length + 1) ?? null;
  const places = placesOf(scopes);
  const topic = named('topic') ?? places[0]?.topic ?? null;
  const ofTopic = places.filter((place) => place.topic === topic).map(({ partition }) => partition);
  // A partition of another topic would be worse than none.
  const [partition = null] = ofTopic;
  const broker = named('broker');
  return {
    group: named('group'),
    topic,
    partition: partition === null ? null : String(partition),
    partitions: ofTopic.length === 0 ? null : [...ofTopic].sort((a, b) => a - b).join(','),
    offset: transactionStart(evidence, topic, partition),
    broker,
    'log-dir': logDirOf(evidence, topic, partition, broker),
    client: evidence.client?.path ?? evidence.client?.file ?? null,
  };
}

/** The blanks of each line that a command becomes, from those of its ending: one for every topic where it names all partitions of one. */
export function blanksOfLines(command: string, ending: About, blanks: Blanks): readonly Blanks[] {
  if (!command.includes('{partitions}') || ending.subject.kind === 'topic') return [blanks];
  const places = placesOf(concernsOf(ending));
  const topics = [...new Set(places.map(({ topic }) => topic))].slice(0, TOPICS_TOLD);
  if (topics.length < 2) return [blanks];
  return topics.map((topic) => {
    const partitions = places.filter((place) => place.topic === topic).map(({ partition }) => partition);
    return { ...blanks, topic, partitions: partitions.sort((a, b) => a - b).join(',') };
  });
}

function placesOf(scopes: readonly string[]): { readonly topic: string; readonly partition: number }[] {
  return scopes.flatMap((scope) => {
    const [, topic, partition] = /^(\S+)-(\d+)$/.exec(scope) ?? [];
    return topic === undefined ? [] : [{ topic, partition: Number(partition) }];
  });
}

function transactionStart({ recording }: Evidence, topic: string | null, partition: number | null): string | null {
  const open = recording.transactions?.open.find((each) => each.topic === topic && each.partition === partition);
  return open?.startOffset == null ? null : String(open.startOffset);
}

/** The directory that was given; else the one of the broker, or of the partition's leader, if it has a single one. */
function logDirOf(
  evidence: Evidence,
  topic: string | null,
  partition: number | null,
  broker: string | null,
): string | null {
  if (evidence.logDir !== null) return evidence.logDir.path;
  const look = lookAt(evidence);
  const leader = look.partition({ topic: topic ?? '', partition: partition ?? 0 })?.leader;
  const at = broker ?? (leader == null ? null : String(leader));
  const [first, ...others] = look.latest.brokers.find(({ id }) => String(id) === at)?.logDirs ?? [];
  // A broker in memory has no files, and a redacted recording does not say where they are.
  return first === undefined || others.length > 0 || !/^(?:[A-Za-z]:)?[\\/]/.test(first.path) ? null : first.path;
}

/**
 * A filled command line as words, unquoted: those behind `kmedic`, or of a script of Kafka's own, which then is the first of
 * them. `behind`: arguments that look like options, and so belong behind `--`.
 */
export interface CommandWords {
  readonly words: readonly string[];
  readonly behind: readonly string[];
}

/** Fills a command line of a leaf. What nothing tells becomes `<topic>`: to be filled in by the reader. */
export function fillCommand(command: string, blanks: Blanks): CommandWords {
  const written = splitWords(command.replace(/^kmedic /, ''));
  const filled = written.map((word, at) => ({
    text: word.replace(/\{([\w-]+)\}/g, (whole, name: string) =>
      isBlank(name) ? (blanks[name] ?? `<${name}>`) : whole,
    ),
    argument: word.startsWith('{') && written[at - 1]?.startsWith('-') !== true,
  }));
  const behind = filled.filter(({ text, argument }) => argument && text.startsWith('-'));
  return {
    words: filled.filter((word) => !behind.includes(word)).map(({ text }) => text),
    behind: behind.map(({ text }) => text),
  };
}

function isBlank(name: string): name is Blank {
  return (BLANKS as readonly string[]).includes(name);
}

/** Words of a command as a leaf writes it: blanks between them, single quotes around what holds blanks. */
export function splitWords(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));
}

/** Whether a command is one of Kafka's own scripts (`kafka-configs.sh …`): for what kmedic does not do. */
export function isKafkaScript(command: string): boolean {
  return /^kafka-[a-z-]+\.sh\b/.test(command);
}

/** A command as it is told: its first word may have been left out. */
export function withName(command: string): string {
  return command.startsWith('kmedic ') || isKafkaScript(command) ? command : `kmedic ${command}`;
}

/** A command of a leaf where nobody is named: its blanks stay, for the reader to fill in. */
export function unfilled(command: string): string {
  return withName(fillCommand(command, {}).words.join(' '));
}
