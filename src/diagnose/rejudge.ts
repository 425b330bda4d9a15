import type { DiagnosisDocument, DiagnosisWalk, Difference } from './diagnosis-document.ts';
import { scopeOf } from './fold.ts';

/** Where two diagnoses of the same evidence come to other endings. */
export function differences(before: DiagnosisDocument, after: DiagnosisDocument): Difference[] {
  const key = ({ tree, subject }: DiagnosisWalk): string => `${tree} ${scopeOf(subject) ?? ''}`;
  const old = new Map(before.path.map((walk) => [key(walk), walk]));
  const young = new Map(after.path.map((walk) => [key(walk), walk]));
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), young.get(name)];
    const either = was ?? is;
    const [endedAt, endsAt] = [endingsOf(was), endingsOf(is)];
    if (either === undefined || endedAt.join() === endsAt.join()) return [];
    const parts = was === undefined || is === undefined ? null : partingOf(was, is);
    return [{ tree: either.tree, subject: either.subject, before: endedAt, after: endsAt, parts }];
  });
}

function endingsOf(walk: DiagnosisWalk | undefined): string[] {
  return (walk?.endings ?? []).map(({ leaf, confidence }) => `${leaf} ${confidence}`);
}

function partingOf(was: DiagnosisWalk, is: DiagnosisWalk): Difference['parts'] {
  for (let at = 0; at < Math.max(was.steps.length, is.steps.length); at++) {
    const [before, after] = [was.steps[at], is.steps[at]];
    if (before?.question !== after?.question || before?.answer !== after?.answer)
      return { before: stepText(before), after: stepText(after) };
  }
  return null;
}

function stepText(step: DiagnosisWalk['steps'][number] | undefined): string | null {
  return step === undefined ? null : `${step.ask} → ${step.answerText ?? 'unknown'}`;
}
