import type { AnswerGiven, Tree } from './model.ts';

/** What somebody has answered already by complaining of a symptom: who says that send() blocks need not be asked whether it does. */
export function saidBy(tree: Tree, symptom: string): readonly AnswerGiven[] {
  const { says = {} } = tree.symptoms.find(({ id }) => id === symptom) ?? {};
  return Object.entries(says).map(([question, answer]) => ({ tree: tree.id, question, subject: null, answer }));
}
