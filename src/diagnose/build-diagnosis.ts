import { latestSample } from '../cluster/recording.ts';
import type { Diagnosis } from './diagnose.ts';
import type {
  DiagnosisDocument,
  DiagnosisStep,
  DiagnosisVerdict,
  DiagnosisWalk,
  OpenQuestion,
} from './diagnosis-document.ts';
import { blanksOf, blanksOfLines, type CommandWords, fillCommand } from './fill-command.ts';
import { concernsOf, type Folded, scopeOf } from './fold.ts';
import type { Evidence, Subject } from './model.ts';
import { factsOf, type Knowledge, leafOf, questionOf, type Step, treeOf, turnsOf, type Walk } from './walk.ts';

/** Writes a command line: quotes it, and says how the cluster is reached. */
export type SayCommand = (command: CommandWords) => string;

/** A diagnosis as its document. */
export function buildDiagnosis(
  knowledge: Knowledge,
  treesVersion: string,
  evidence: Evidence,
  { walks, verdicts, fault, notWalked }: Diagnosis,
  say: SayCommand,
): DiagnosisDocument {
  const { recording } = evidence;
  const latest = latestSample(recording);
  const first = recording.samples[0] ?? latest;
  return {
    kind: 'diagnosis',
    version: 1,
    at: latest.at,
    cluster: { id: recording.cluster.id },
    samples: recording.samples.length,
    windowMs: Date.parse(latest.at) - Date.parse(first.at),
    trees: treesVersion,
    fault,
    verdicts: verdicts.map((folded) => verdictOf(knowledge, folded, evidence, say)),
    asked: walks.flatMap(({ open }) => open.map((step) => openQuestion(knowledge, step))),
    path: walks.map((each) => walkOf(knowledge, each)),
    notWalked: [...notWalked],
    errors: [...recording.problems, ...latest.problems],
  };
}

function verdictOf(
  knowledge: Knowledge,
  { ending, consequences }: Folded,
  evidence: Evidence,
  say: SayCommand,
): DiagnosisVerdict {
  const leaf = leafOf(knowledge, ending);
  const blanks = blanksOf(ending, evidence);
  return {
    id: [ending.leaf, scopeOf(ending.subject)].filter((part) => part !== null).join(' '),
    tree: ending.tree,
    leaf: ending.leaf,
    subject: ending.subject,
    outcome: leaf.outcome,
    confidence: ending.confidence,
    cause: leaf.verdict,
    because: leaf.because,
    concerns: concernsOf(ending),
    evidence: factsOf(ending),
    actions: leaf.actions,
    commands: leaf.commands.flatMap((command) =>
      blanksOfLines(command, ending, blanks).map((each) => say(fillCommand(command, each))),
    ),
    runbook: `kmedic runbook ${ending.leaf}`,
    source: leaf.sources,
    corrections: leaf.corrections,
    originals: leaf.originals.map(({ original, kmedic }) => ({
      original,
      kmedic: say(fillCommand(kmedic, blanks)),
    })),
    consequences: consequences.map((each) => ({
      tree: each.tree,
      leaf: each.leaf,
      subject: each.subject,
      cause: leafOf(knowledge, each).verdict,
    })),
  };
}

/** How a file of answers names a question: `rebalance/batch-time@payments`. */
export function answerKey(tree: string, question: string, subject: Subject): string {
  return `${tree}/${question}${subject.name === null ? '' : `@${subject.name}`}`;
}

/** A question that nobody could answer yet. */
export function openQuestion(knowledge: Knowledge, step: Step): OpenQuestion {
  const { ask, why, howToTell, answers } = questionOf(knowledge, step);
  const untold = step.reading?.status === 'unknown' ? step.reading : null;
  return {
    tree: step.tree,
    question: step.question,
    subject: step.subject,
    ask,
    why,
    howToTell,
    because: untold?.because ?? null,
    wouldTell: untold?.wouldTell ?? null,
    answers: answers.map(({ id, text }) => ({ id, text })),
    key: answerKey(step.tree, step.question, step.subject),
    effect: step.open ?? 'refines',
    notKnown: step.notKnown,
  };
}

/** A walk as the document tells it. */
export function walkOf(knowledge: Knowledge, { tree, subject, steps, endings }: Walk): DiagnosisWalk {
  const { title, sources } = treeOf(knowledge, tree);
  return {
    tree,
    title,
    subject,
    source: sources,
    steps: steps.map((step) => stepOf(knowledge, step)),
    endings: endings.map((ending) => {
      const { verdict, outcome } = leafOf(knowledge, ending);
      return { leaf: ending.leaf, cause: verdict, outcome, confidence: ending.confidence };
    }),
  };
}

function stepOf(knowledge: Knowledge, step: Step): DiagnosisStep {
  const question = questionOf(knowledge, step);
  // What an answer has told need not be told.
  const untold = step.answer === null && step.reading?.status === 'unknown' ? step.reading : null;
  return {
    tree: step.tree,
    question: step.question,
    ask: question.ask,
    provenance: step.provenance,
    answer: step.answer,
    answerText: question.answers.find(({ id }) => id === step.answer)?.text ?? null,
    facts: step.reading?.facts ?? [],
    because: untold?.because ?? null,
    wouldTell: untold?.wouldTell ?? null,
    goesTo: turnsOf(question, step),
    under: step.under,
  };
}
