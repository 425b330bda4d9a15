import type { Leaf, Question, Tree } from '../model.ts';

/** Shorthand for writing trees down. What a tree does not say is empty. */

/** `'002 Production debug guide'`: the document, then its section. */
function sourceOf(text: string): Tree['sources'][number] {
  const space = text.indexOf(' ');
  return { document: text.slice(0, space), section: text.slice(space + 1) };
}

export function sources(...texts: readonly string[]): Tree['sources'] {
  return texts.map(sourceOf);
}

/** What a leaf may say beyond its verdict. `instead`: a command of the documents, then the one that replaces it. */
interface More {
  readonly do?: readonly string[];
  readonly commands?: readonly string[];
  readonly instead?: readonly (readonly [original: string, kmedic: string])[];
  readonly sources: readonly string[];
  readonly corrections?: Leaf['corrections'];
  readonly causedBy?: readonly string[];
}

function leaf(outcome: Leaf['outcome'], verdict: string, because: string, more: More): Leaf {
  return {
    outcome,
    verdict,
    because,
    actions: [...(more.do ?? [])],
    commands: [...(more.commands ?? [])],
    originals: (more.instead ?? []).map(([original, kmedic]) => ({ original, kmedic })),
    sources: sources(...more.sources),
    corrections: more.corrections ?? [],
    ...(more.causedBy === undefined ? {} : { causedBy: [...more.causedBy] }),
  };
}

type Write = (verdict: string, because: string, more: More) => Leaf;

export const fault: Write = (verdict, because, more) => leaf('fault', verdict, because, more);
export const advice: Write = (verdict, because, more) => leaf('advice', verdict, because, more);
export const sound: Write = (verdict, because, more) => leaf('sound', verdict, because, more);

/** What every write and read needs: a symptom at a client may come from there. */
export const BROKERS = ['isr', 'disk', 'broker'] as const;

/** Kafka's own scripts, for what kmedic does not change. */
export const setTopic = (settings: string, topic = '{topic}'): string =>
  `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${settings}`;
export const setBroker = (settings: string): string =>
  `kafka-configs.sh --alter --entity-type brokers --entity-name {broker} --add-config ${settings}`;
export const REASSIGN =
  'kafka-reassign-partitions.sh --reassignment-json-file replicas.json --execute --throttle 50000000';
export const REASSIGN_HOW =
  'replicas.json says for each partition who shall have it, the preferred leader first: {"version":1,"partitions":[{"topic":"orders","partition":0,"replicas":[1,2,3]}]}; --verify in place of --execute tells when it is done, and takes the throttle away';
export const QUOTAS = [
  'kafka-configs.sh --describe --entity-type users',
  'kafka-configs.sh --describe --entity-type clients',
] as const;

interface Asking {
  readonly ask: string;
  readonly why: string;
  /** How a person finds out. */
  readonly how: string;
  /** Left out: only a person can tell. */
  readonly probe?: string;
  /** By id: the text, and where it leads. */
  readonly answers: Readonly<Record<string, readonly [text: string, to: string]>>;
  /** Where the walk ends while nobody can tell; without it every branch is walked. */
  readonly otherwise?: string;
}

export function question({ ask, why, how, probe, answers, otherwise }: Asking): Question {
  return {
    ask,
    why,
    probe: probe ?? null,
    howToTell: how,
    answers: Object.entries(answers).map(([id, [text, to]]) => ({ id, text, to })),
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}
