import { walkOf } from '../../../diagnose/build-diagnosis.ts';
import { type Aim, choose, subjectsOf } from '../../../diagnose/diagnose.ts';
import { type AnswerGiven, DONT_KNOW, type Subject, type Tree } from '../../../diagnose/model.ts';
import { saidBy } from '../../../diagnose/said-by.ts';
import { type Knowledge, questionOf, type Step, treeOf, type Walk, walk } from '../../../diagnose/walk.ts';
import { stepLines, subjectText, walkTitle } from '../../../render/diagnosis-view.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { Style } from '../../../render/style.ts';
import { wrap } from '../../../render/wrap.ts';
import type { Io } from '../../io.ts';
import type { Prompter, Reply } from '../../prompter.ts';
import type { Case } from './gather.ts';

/** What a person's walk came to. */
export interface Walked {
  readonly ended: 'done' | 'quit' | 'interrupted';
  /** What was walked in the end: a tree with its subject, unless it ended before one was chosen. */
  readonly aim: Aim;
  readonly answers: readonly AnswerGiven[];
}

interface Start {
  readonly tree: Tree;
  readonly subject: Subject;
  readonly start: string | null;
  /** Other trees that can explain the chosen symptom. */
  readonly also: readonly string[];
  /** What it says already. */
  readonly said?: readonly AnswerGiven[];
}

/**
 * Walks one tree with somebody at the terminal: what is measured is shown, what is not is asked. Of a symptom, then the
 * other trees that can explain it, where the evidence calls for them.
 */
export async function walkWithPerson(
  knowledge: Knowledge,
  found: Case,
  prompter: Prompter,
  io: Io,
  style: Style,
): Promise<Walked> {
  const { aim, answers } = found;
  const begun = await whereToBegin(knowledge, found, prompter, style);
  if (begun === 'quit' || begun === 'interrupted') return { ended: begun, aim, answers };
  if (begun === null) return { ended: 'done', aim, answers };
  const { tree, subject, start, also } = begun;
  const narrowed: Aim = {
    tree: tree.id,
    start,
    also,
    group: subject.kind === 'group' ? subject.name : aim.group,
    topic: subject.kind === 'topic' ? subject.name : aim.topic,
    broker: subject.kind === 'broker' ? subject.name : aim.broker,
  };
  const others = choose(knowledge, found.evidence, narrowed).walks.filter((each) => each.tree.id !== tree.id);
  let known: readonly AnswerGiven[] = [...(begun.said ?? []), ...answers];
  for (const each of [begun, ...others.map((other): Start => ({ ...other, start: null, also: [] }))]) {
    if (each !== begun) io.out('\n');
    const talk = new Talk(knowledge, each, { ...found, answers: known }, io, style);
    const ended = await talk.run(prompter);
    known = talk.answers;
    if (ended !== 'done') return { ended, aim: narrowed, answers: known };
  }
  return { ended: 'done', aim: narrowed, answers: known };
}

/** What people are called for most, in this order; the others follow in the order of their trees. */
export const COMMON_SYMPTOMS = [
  'lag-grows',
  'rebalancing',
  'not-enough-replicas',
  'duplicates',
  'lost',
  'disk-fills',
  'compaction-stuck',
  'producer-timeouts',
  'under-replicated',
];

function rankOf(symptom: string): number {
  const at = COMMON_SYMPTOMS.indexOf(symptom);
  return at < 0 ? COMMON_SYMPTOMS.length : at;
}

/** The tree and its subject: as named, else as the evidence shows, else chosen from symptoms and names. */
async function whereToBegin(
  knowledge: Knowledge,
  { aim, evidence }: Case,
  prompter: Prompter,
  style: Style,
): Promise<Start | 'quit' | 'interrupted' | null> {
  const seen = choose(knowledge, evidence, { ...aim, also: [] }).walks;
  const [only] = seen;
  const aimed = { start: aim.start, also: aim.also };
  if (aim.tree !== null && only !== undefined && seen.length === 1) return { ...only, ...aimed };
  const named = aim.tree === null ? null : treeOf(knowledge, aim.tree);
  const subjects = (tree: Tree): Subject[] => subjectsOf(evidence, aim).filter(({ kind }) => kind === tree.subject);
  const about = ({ subject }: { subject: Subject }): string => subjectText(subject) || 'the cluster';
  if (named !== null) {
    const offered = seen.length > 0 ? seen : subjects(named).map((subject) => ({ tree: named, subject }));
    if (offered.length === 0) return null;
    return pick<Start>(
      prompter,
      style,
      `${named.title}: whom is it about?`,
      offered.map((each) => ({ text: about(each), start: { ...each, ...aimed } })),
    );
  }
  const symptoms = [...knowledge.trees.values()]
    .flatMap((tree) =>
      tree.symptoms.map(({ id, text, start = null, also = [] }) => ({
        id,
        text,
        begin: { tree, subject: null, start, also, said: saidBy(tree, id) },
      })),
    )
    .sort((a, b) => rankOf(a.id) - rankOf(b.id));
  const first = await pick<Omit<Start, 'subject'> & { readonly subject: Subject | null }>(
    prompter,
    style,
    'Where to begin? What the evidence shows comes first, then symptoms.',
    [
      ...seen.map((each) => ({
        text: `seen: ${each.tree.title} · ${about(each)}`,
        start: { ...each, start: null, also: [] },
      })),
      ...symptoms.map(({ text, begin }) => ({ text: escapeInline(text), start: begin })),
    ],
  );
  if (typeof first === 'string' || first === null) return first;
  const { tree, subject } = first;
  if (subject !== null) return { ...first, subject };
  const whom = subjects(tree);
  const [sole] = whom;
  if (sole !== undefined && whom.length === 1) return { ...first, subject: sole };
  if (whom.length === 0) return null;
  return pick<Start>(
    prompter,
    style,
    `${tree.title}: which ${tree.subject}?`,
    whom.map((each) => ({ text: about({ subject: each }), start: { ...first, subject: each } })),
  );
}

async function pick<T>(
  prompter: Prompter,
  style: Style,
  ask: string,
  choices: readonly { readonly text: string; readonly start: T }[],
): Promise<T | 'quit' | 'interrupted' | null> {
  const reply = await prompter.choose({
    head: [` ${style.theme('warn', '?')} ${ask}`],
    choices: choices.map(({ text }, at) => ({ id: String(at), text })),
    back: false,
    skip: false,
    quit: 'quit',
    after: () => [],
  });
  if (reply.kind === 'answer') return choices[Number(reply.id)]?.start ?? null;
  return reply.kind === 'interrupted' ? 'interrupted' : 'quit';
}

/** The walk of one tree: shows each step once, and asks what is open. */
class Talk {
  answers: readonly AnswerGiven[];
  readonly #knowledge: Knowledge;
  readonly #begun: Start;
  readonly #case: Case;
  readonly #io: Io;
  readonly #style: Style;
  /** How many answers there were before this walk: back does not go beyond. */
  readonly #given: number;
  readonly #shown = new Set<string>();

  constructor(knowledge: Knowledge, begun: Start, found: Case, io: Io, style: Style) {
    this.#knowledge = knowledge;
    this.#begun = begun;
    this.#case = found;
    this.#io = io;
    this.#style = style;
    this.answers = found.answers;
    this.#given = found.answers.length;
  }

  async run(prompter: Prompter): Promise<Walked['ended']> {
    this.#io.out(`${walkTitle(walkOf(this.#knowledge, this.#walk()), this.#style)}\n`);
    for (;;) {
      const walked = this.#walk();
      const next = walked.open.find(({ notKnown }) => !notKnown);
      const until = next === undefined ? walked.steps.length : walked.steps.indexOf(next);
      this.#show(this.#unseen(walked, until));
      if (next === undefined) return 'done';
      const reply = await this.#ask(prompter, walked, next);
      if (reply.kind === 'interrupted' || reply.kind === 'quit') return reply.kind;
      this.answers = this.#after(reply, next);
    }
  }

  #walk(answers = this.answers): Walk {
    const { tree, subject, start } = this.#begun;
    return walk(this.#knowledge, tree.id, subject, this.#case.evidence, answers, start ?? undefined);
  }

  #after(reply: Reply, { tree, question, subject }: Step): readonly AnswerGiven[] {
    if (reply.kind === 'back') return this.answers.slice(0, Math.max(this.#given, this.answers.length - 1));
    const answer = reply.kind === 'answer' ? reply.id : DONT_KNOW;
    return [...this.answers, { tree, question, subject, answer }];
  }

  async #ask(prompter: Prompter, walked: Walk, step: Step): Promise<Reply> {
    const { why, howToTell, answers } = questionOf(this.#knowledge, step);
    const told = walkOf(this.#knowledge, walked);
    const at = walked.steps.indexOf(step);
    const asked = told.steps[at];
    const width = (this.#style.width ?? 80) - 7;
    const explained = [`why: ${escapeInline(why)}`, `how to tell: ${escapeInline(howToTell)}`].flatMap((text) =>
      wrap(text, width).map((line) => `     ${line}`),
    );
    return prompter.choose({
      head: asked === undefined ? [] : stepLines(asked, at + 1, told, this.#style, true),
      choices: answers.map(({ id, text }) => ({ id, text: escapeInline(text) })),
      why: explained,
      back: this.answers.length > this.#given,
      skip: true,
      quit: 'save and quit',
      after: (reply) => this.#replaced(reply, step),
    });
  }

  /** What stays of a question: the step with its answer, or that it was left. */
  #replaced(reply: Reply, step: Step): string[] {
    if (reply.kind === 'back') return [this.#style.theme('muted', '     ↑ back')];
    if (reply.kind === 'quit' || reply.kind === 'interrupted') return [];
    const walked = this.#walk(this.#after(reply, step));
    const at = walked.steps.findIndex(({ tree, question }) => tree === step.tree && question === step.question);
    const same = walked.steps[at];
    if (same === undefined) return [];
    this.#shown.add(keyOf(same));
    const told = walkOf(this.#knowledge, walked);
    return told.steps.slice(at, at + 1).flatMap((each) => stepLines(each, at + 1, told, this.#style));
  }

  /** Lines of steps that are not on the screen yet, or say something else by now. */
  #unseen(walked: Walk, until: number): string[] {
    const told = walkOf(this.#knowledge, walked);
    return walked.steps.slice(0, until).flatMap((step, at) => {
      const key = keyOf(step);
      const document = told.steps[at];
      if (document === undefined || this.#shown.has(key)) return [];
      this.#shown.add(key);
      return stepLines(document, at + 1, told, this.#style);
    });
  }

  #show(lines: readonly string[]): void {
    if (lines.length > 0) this.#io.out(`${lines.join('\n')}\n`);
  }
}

function keyOf({ tree, question, answer, notKnown }: Step): string {
  return `${tree} ${question} ${answer ?? (notKnown ? DONT_KNOW : '')}`;
}
