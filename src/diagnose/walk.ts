import {
  type AnswerGiven,
  type DiagnosisConfidence,
  DONT_KNOW,
  type Evidence,
  type Fact,
  type Leaf,
  type Probe,
  type Provenance,
  type Question,
  type Reading,
  type Subject,
  TREE_PREFIX,
  type Tree,
} from './model.ts';

/** The knowledge that a walk goes by. */
export interface Knowledge {
  readonly trees: ReadonlyMap<string, Tree>;
  readonly probes: ReadonlyMap<string, Probe>;
}

/** One question that a walk came by, in the order of first arrival. */
export interface Step {
  readonly tree: string;
  readonly question: string;
  readonly subject: Subject;
  readonly provenance: Provenance;
  /** Id of the answer; null where it is unknown. */
  readonly answer: string | null;
  /** Null where the question has no probe. */
  readonly reading: Reading | null;
  /** A person was asked, and does not know. */
  readonly notKnown: boolean;
  /** Of an open question: whether its answer separates endings, or only makes the one that holds anyhow more precise. */
  readonly open: 'decides' | 'refines' | null;
  /** The branch of an open question that leads here; null where the walk leads here for certain. */
  readonly under: { readonly tree: string; readonly question: string; readonly answer: string } | null;
}

/** A step on the way to an ending. `answer`: the branch taken; of an open question, the one that would have to be true; null where it goes on whatever the answer is. */
export interface Turn {
  readonly step: Step;
  readonly answer: string | null;
}

/** Where a walk ended, or may end. */
export interface Ending {
  readonly tree: string;
  readonly leaf: string;
  readonly subject: Subject;
  readonly confidence: DiagnosisConfidence;
  readonly path: readonly Turn[];
}

export interface Walk {
  readonly tree: string;
  readonly subject: Subject;
  readonly steps: readonly Step[];
  /** Every ending that is still possible, best supported first; exactly one where nothing that matters is open. */
  readonly endings: readonly Ending[];
  /** Open questions that keep endings apart, in the order of the walk. */
  readonly open: readonly Step[];
}

/**
 * Walks one tree for one subject as far as evidence and answers lead. What a probe measures is not asked; an answer takes
 * the place of an assumption; where neither tells, every branch is walked, and none is guessed.
 */
export function walk(
  knowledge: Knowledge,
  treeId: string,
  subject: Subject,
  evidence: Evidence,
  answers: readonly AnswerGiven[],
  start?: string,
): Walk {
  const tree = treeOf(knowledge, treeId);
  const walker = new Walker(knowledge, evidence, answers);
  const ways = walker.from(tree, start ?? tree.root, subject, null);
  const several = ways.length > 1;
  const endings = ways.map((way): Ending => ({ ...way, confidence: confidenceOf(way.path, several) }));
  endings.sort((a, b) => weight(b) - weight(a) || rank(knowledge, a) - rank(knowledge, b));
  const open = walker.steps.filter((step) => step.open === 'refines' || (several && step.open === 'decides'));
  return { tree: treeId, subject, steps: walker.steps, endings, open };
}

/** A tree by its id. Throws RangeError where there is none: ids are checked where they come in. */
export function treeOf({ trees }: Knowledge, id: string): Tree {
  const tree = trees.get(id);
  if (tree === undefined) throw new RangeError(`there is no tree ${id}`);
  return tree;
}

/** The question of a step. */
export function questionOf(knowledge: Knowledge, { tree, question }: Pick<Step, 'tree' | 'question'>): Question {
  const found = treeOf(knowledge, tree).questions[question];
  if (found === undefined) throw new RangeError(`tree ${tree} has no question ${question}`);
  return found;
}

/** The leaf of an ending. */
export function leafOf(knowledge: Knowledge, { tree, leaf }: Pick<Ending, 'tree' | 'leaf'>): Leaf {
  const found = treeOf(knowledge, tree).leaves[leaf];
  if (found === undefined) throw new RangeError(`tree ${tree} has no leaf ${leaf}`);
  return found;
}

/** Facts on the way to an ending, in order, each once. */
export function factsOf({ path }: Pick<Ending, 'path'>): Fact[] {
  const seen = new Set<string>();
  return path
    .flatMap(({ step }) => step.reading?.facts ?? [])
    .filter(({ text, source }) => {
      const key = `${source} ${text}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

type Way = Omit<Ending, 'confidence'>;

class Walker {
  readonly steps: Step[] = [];
  readonly #knowledge: Knowledge;
  readonly #evidence: Evidence;
  readonly #answers: readonly AnswerGiven[];
  /** Ways onward from each node: nodes may be reached by several branches. */
  readonly #onward = new Map<string, readonly Way[]>();

  constructor(knowledge: Knowledge, evidence: Evidence, answers: readonly AnswerGiven[]) {
    this.#knowledge = knowledge;
    this.#evidence = evidence;
    this.#answers = answers;
  }

  /** All ways from a node to a leaf: for each leaf the best supported one. */
  from(tree: Tree, node: string, subject: Subject, under: Step['under']): readonly Way[] {
    if (node.startsWith(TREE_PREFIX)) {
      const next = treeOf(this.#knowledge, node.slice(TREE_PREFIX.length));
      const onto: Subject = next.subject === 'cluster' ? { kind: 'cluster', name: null } : subject;
      return this.from(next, next.root, onto, under);
    }
    if (tree.leaves[node] !== undefined) return [{ tree: tree.id, leaf: node, subject, path: [] }];
    const key = `${tree.id} ${node} ${subject.kind} ${subject.name ?? ''}`;
    const known = this.#onward.get(key);
    if (known !== undefined) return known;
    const question = questionOf(this.#knowledge, { tree: tree.id, question: node });
    const step: Step = {
      tree: tree.id,
      question: node,
      subject,
      under,
      ...this.#decide(tree.id, node, question, subject),
    };
    this.steps.push(step);
    const ways = turnsOf(question, step).flatMap(({ answer, to }) => {
      const branch = step.open === 'decides' && answer !== null ? { tree: tree.id, question: node, answer } : under;
      return this.from(tree, to, subject, branch).map(
        (way): Way => ({ ...way, path: [{ step, answer }, ...way.path] }),
      );
    });
    const best = bestPerLeaf(ways);
    this.#onward.set(key, best);
    return best;
  }

  #decide(
    tree: string,
    id: string,
    question: Question,
    subject: Subject,
  ): Pick<Step, 'provenance' | 'answer' | 'reading' | 'notKnown' | 'open'> {
    const reading = question.probe === null ? null : this.#measure(question, subject);
    if (reading?.status === 'measured')
      return { provenance: 'measured', answer: reading.answer, reading, notKnown: false, open: null };
    const given = answerTo(this.#answers, tree, id, subject);
    const notKnown = given === DONT_KNOW;
    if (given !== null && !notKnown && question.answers.some((answer) => answer.id === given))
      return { provenance: 'answered', answer: given, reading, notKnown: false, open: null };
    if (reading?.status === 'assumed')
      return { provenance: 'assumed', answer: reading.answer, reading, notKnown, open: null };
    const open = question.otherwise === undefined ? 'decides' : 'refines';
    return { provenance: 'unknown', answer: null, reading, notKnown, open };
  }

  #measure({ probe: id, answers }: Question, subject: Subject): Reading {
    const probe = this.#knowledge.probes.get(id ?? '');
    if (probe === undefined) throw new RangeError(`there is no probe ${id}`);
    const reading = probe.measure(this.#evidence, subject);
    if (reading.status === 'unknown' || answers.some((answer) => answer.id === reading.answer)) return reading;
    throw new RangeError(`probe ${id} answers ${reading.answer}, which its question does not know`);
  }
}

/** What a person answered: for this subject first, then for every subject; the newest counts. */
export function answerTo(
  answers: readonly AnswerGiven[],
  tree: string,
  question: string,
  subject: Subject,
): string | null {
  const fitting = answers.filter((given) => given.tree === tree && given.question === question);
  const own = fitting.findLast((given) => given.subject?.kind === subject.kind && given.subject.name === subject.name);
  return (own ?? fitting.findLast((given) => given.subject === null))?.answer ?? null;
}

/** Where a step goes on: one way where it has an answer or holds whatever that is, else every branch. */
export function turnsOf(
  { answers, otherwise }: Question,
  { answer }: Pick<Step, 'answer'>,
): { answer: string | null; text: string | null; to: string }[] {
  if (answer === null && otherwise !== undefined) return [{ answer: null, text: null, to: otherwise }];
  return answers
    .filter(({ id }) => answer === null || id === answer)
    .map(({ id, text, to }) => ({ answer: id, text, to }));
}

function bestPerLeaf(ways: readonly Way[]): Way[] {
  const best = new Map<string, Way>();
  for (const way of ways) {
    const key = `${way.leaf} ${way.subject.kind} ${way.subject.name ?? ''}`;
    const other = best.get(key);
    if (other === undefined || weight(way) > weight(other)) best.set(key, way);
  }
  return [...best.values()];
}

/**
 * How well evidence supports a way: what was measured or answered counts for it, each open question against it, and an
 * open question whose facts lean to a branch counts twice, for that branch and against the others.
 */
function weight({ path }: Pick<Way, 'path'>): number {
  return path.reduce((sum, { step, answer }) => {
    if (step.answer !== null) return sum + (step.provenance === 'assumed' ? 0.5 : 1);
    if (step.open === 'refines') return sum;
    const leans = step.reading?.status === 'unknown' ? step.reading.leans : undefined;
    if (leans === undefined) return sum - 1;
    return sum + (leans === answer ? 2 : -2);
  }, 0);
}

const OUTCOME_ORDER = { fault: 0, advice: 1, sound: 2 };

function rank(knowledge: Knowledge, ending: Ending): number {
  return OUTCOME_ORDER[leafOf(knowledge, ending).outcome];
}

function confidenceOf(path: Way['path'], several: boolean): DiagnosisConfidence {
  if (several && path.some(({ step }) => step.open === 'decides')) return 'low';
  const shaky = path.some(
    ({ step }) =>
      step.provenance === 'assumed' ||
      step.open === 'refines' ||
      (step.provenance === 'measured' && step.reading?.status === 'measured' && step.reading.certainty === 'likely'),
  );
  return shaky ? 'medium' : 'high';
}
