import { latestSample } from '../cluster/recording.ts';
import type { Group } from '../cluster/snapshot.ts';
import { type Folded, fold, scopeOf } from './fold.ts';
import type { AnswerGiven, Evidence, Subject, Tree } from './model.ts';
import { lookAt } from './probes/look.ts';
import { type Ending, type Knowledge, leafOf, type Walk, walk } from './walk.ts';

/** What to diagnose. All that is absent is found out. */
export interface Aim {
  /** Only this tree. */
  readonly tree: string | null;
  /** Where in the tree to begin: the question of a symptom. */
  readonly start: string | null;
  /** Other trees that can explain the symptom. */
  readonly also: readonly string[];
  readonly group: string | null;
  readonly topic: string | null;
  /** Only a person chooses one of them. */
  readonly broker: string | null;
}

export interface Diagnosis {
  readonly walks: readonly Walk[];
  /** Causes with their consequences: faults first, the surest first. */
  readonly verdicts: readonly Folded[];
  /** A fault is certain. */
  readonly fault: boolean;
  readonly notWalked: readonly NotWalked[];
}

/** A tree whose entry could not be measured. */
export interface NotWalked {
  readonly tree: string;
  readonly subjects: number;
  readonly because: string;
  readonly wouldTell: string;
}

/** Which walks an aim comes to, for the evidence at hand. */
export interface Choice {
  readonly walks: readonly { readonly tree: Tree; readonly subject: Subject }[];
  readonly notWalked: readonly NotWalked[];
}

/**
 * Walks a named tree for its subjects, and what else can explain its symptom; or every tree that the evidence calls for. A
 * named tree with a named subject is always walked; otherwise the trees' entry probes choose.
 */
export function diagnose(
  knowledge: Knowledge,
  evidence: Evidence,
  aim: Aim,
  answers: readonly AnswerGiven[],
): Diagnosis {
  const { walks: chosen, notWalked } = choose(knowledge, evidence, aim);
  const walks = chosen.map(({ tree, subject }) =>
    walk(knowledge, tree.id, subject, evidence, answers, (tree.id === aim.tree ? aim.start : null) ?? undefined),
  );
  return { ...conclude(knowledge, walks, aim.tree), notWalked };
}

/** Everything that evidence alone calls for: what `diagnose` without arguments finds. */
export function diagnoseAll(knowledge: Knowledge, evidence: Evidence): Diagnosis {
  return diagnose(
    knowledge,
    evidence,
    { tree: null, start: null, also: [], group: null, topic: null, broker: null },
    [],
  );
}

/** The walks of an aim; those of the tree that was named come first. */
export function choose(knowledge: Knowledge, evidence: Evidence, aim: Aim): Choice {
  const subjects = subjectsOf(evidence, aim);
  const trees = [...knowledge.trees.values()]
    .filter(({ id }) => aim.tree === null || id === aim.tree || aim.also.includes(id))
    .sort((a, b) => Number(b.id === aim.tree) - Number(a.id === aim.tree));
  const walks: { tree: Tree; subject: Subject }[] = [];
  const notWalked: NotWalked[] = [];
  for (const tree of trees) {
    const fitting = worstFirst(
      evidence,
      subjects.filter(({ kind }) => kind === tree.subject),
    );
    if (tree.id === aim.tree && fitting.length === 1) {
      walks.push(...fitting.map((subject) => ({ tree, subject })));
      continue;
    }
    const entry = tree.entry === null ? undefined : knowledge.probes.get(tree.entry);
    if (entry === undefined) continue;
    const readings = fitting.map((subject) => ({ subject, reading: entry.measure(evidence, subject) }));
    for (const { subject, reading } of readings)
      if (reading.status !== 'unknown' && reading.answer === 'yes') walks.push({ tree, subject });
    const untold = readings.flatMap(({ reading }) => (reading.status === 'unknown' ? [reading] : []));
    const [first] = untold;
    if (first !== undefined)
      notWalked.push({
        tree: tree.id,
        subjects: untold.length,
        because: first.because,
        wouldTell: first.wouldTell,
      });
  }
  return { walks, notWalked };
}

/** The groups that are furthest behind first: of many in trouble these are the ones to look at. All else as it comes. */
function worstFirst(evidence: Evidence, subjects: readonly Subject[]): readonly Subject[] {
  if (subjects[0]?.kind !== 'group') return subjects;
  const look = lookAt(evidence);
  const unread = new Map(subjects.map((subject) => [subject, look.lag(subject.name ?? '')?.lag ?? 0]));
  return [...subjects].sort((a, b) => (unread.get(b) ?? 0) - (unread.get(a) ?? 0));
}

/** Everything that a tree could be walked for, within what was asked for. */
export function subjectsOf(
  { recording, client }: Evidence,
  { group, topic, broker }: Pick<Aim, 'group' | 'topic' | 'broker'>,
): Subject[] {
  const { groups, topics, brokers } = latestSample(recording);
  const shown = groups.filter(
    (each) => (group === null || each.group === group) && (topic === null || topicsOf(each).has(topic)),
  );
  const used = new Set(shown.flatMap((each) => [...topicsOf(each)]));
  const wanted = (name: string): boolean => (topic === null ? group === null || used.has(name) : name === topic);
  const named = (kind: Subject['kind'], names: readonly string[]): Subject[] => names.map((name) => ({ kind, name }));
  return [
    { kind: 'cluster', name: null },
    ...named(
      'broker',
      brokers.map(({ id }) => String(id)).filter((id) => broker === null || id === broker),
    ),
    ...named('topic', topics.map((each) => each.topic).filter(wanted)),
    ...named(
      'group',
      shown.map((each) => each.group),
    ),
    ...(client === null ? [] : named('client', [client.file])),
  ];
}

/** Topics that a group has committed or is assigned. */
function topicsOf({ commits, members }: Group): Set<string> {
  return new Set([
    ...commits.map((commit) => commit.topic),
    ...members.flatMap(({ assignment }) => assignment.map((part) => part.topic)),
  ]);
}

/**
 * Verdicts of walks. Of trees that were not named, endings that are no fault, or that are one of several possible, are left to
 * the paths: they are what might be, not what was found. One of them stands for its walk where every ending is a fault.
 */
export function conclude(
  knowledge: Knowledge,
  walks: readonly Walk[],
  named: string | null,
): Omit<Diagnosis, 'notWalked'> {
  const outcome = (ending: Ending): string => leafOf(knowledge, ending).outcome;
  const certain = ({ endings }: Walk): boolean => endings.every((ending) => outcome(ending) === 'fault');
  const told = walks.flatMap((each) =>
    each.endings.filter(
      (ending) =>
        each.tree === named || (outcome(ending) !== 'sound' && (ending.confidence !== 'low' || certain(each))),
    ),
  );
  const order = ['fault high', 'fault medium', 'fault low', 'advice high', 'advice medium'];
  const place = (ending: Ending): number => {
    const at = order.indexOf(`${outcome(ending)} ${ending.confidence}`);
    return at < 0 ? order.length : at;
  };
  const distinct = new Map(told.map((ending) => [`${ending.leaf} ${scopeOf(ending.subject) ?? ''}`, ending]));
  // Within a walk its own order is the better one: it goes by evidence.
  const sorted =
    walks.length === 1 && walks[0]?.tree === named ? told : [...distinct.values()].sort((a, b) => place(a) - place(b));
  return {
    walks,
    verdicts: fold(knowledge, sorted),
    fault: walks.some((each) => certain(each) || sure(each.endings, outcome)),
  };
}

function sure(endings: readonly Ending[], outcome: (ending: Ending) => string): boolean {
  return endings.some((ending) => outcome(ending) === 'fault' && ending.confidence !== 'low');
}
