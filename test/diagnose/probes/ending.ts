import type { AnswerGiven, Evidence, Subject } from '../../../src/diagnose/model.ts';
import { PROBES } from '../../../src/diagnose/probes/index.ts';
import { TREES } from '../../../src/diagnose/trees/index.ts';
import { type Knowledge, type Walk, walk } from '../../../src/diagnose/walk.ts';
import type { Parts } from './build-evidence.ts';

export const KNOWLEDGE: Knowledge = { trees: new Map(TREES.map((tree) => [tree.id, tree])), probes: PROBES };

export function walkOf(
  tree: string,
  subject: Subject,
  evidence: Evidence,
  answers: Record<string, string> = {},
  start?: string,
): Walk {
  const given = Object.entries(answers).map(
    ([question, answer]): AnswerGiven => ({ tree, question, subject: null, answer }),
  );
  return walk(KNOWLEDGE, tree, subject, evidence, given, start);
}

/** Leaves in which a walk over the real trees may end, best supported first. */
export function endingOf(
  tree: string,
  subject: Subject,
  evidence: Evidence,
  answers: Record<string, string> = {},
  start?: string,
): string[] {
  return walkOf(tree, subject, evidence, answers, start).endings.map(({ leaf }) => leaf);
}

/** A leaf, and evidence and answers that lead there and nowhere else. */
export interface Case {
  readonly leaf: string;
  readonly parts: Parts;
  readonly answers?: Record<string, string>;
  /** The question that a symptom begins with; else the root. */
  readonly start?: string;
}

export interface Cases {
  readonly tree: string;
  readonly subject: Subject;
  readonly cases: readonly Case[];
}
