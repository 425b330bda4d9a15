import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type AnswerGiven, DONT_KNOW, type Tree } from '../../../diagnose/model.ts';
import { usage } from '../../failure.ts';
import { didYouMean } from '../../suggest.ts';

/**
 * Reads answers that were given beforehand: `{ "rebalance/batch-time@payments": "over" }`, as JSON or YAML. Without
 * `@subject` an answer is for every subject; `unknown` says that nobody knows. Throws a Failure with exit code 2.
 */
export function readAnswers(path: string, trees: ReadonlyMap<string, Tree>): AnswerGiven[] {
  const value: unknown = parse(readFileSync(path, 'utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usage(`${path}: not a set of answers`, 'write {"tree/question@subject": "answer"}, as diagnose prints them');
  return Object.entries(value).map(([key, answer]) => answerOf(path, key, spelt(answer), trees));
}

/** YAML reads a bare `yes` as text, and `true` as what it is. */
function spelt(answer: unknown): string {
  return answer === true ? 'yes' : answer === false ? 'no' : String(answer);
}

function answerOf(path: string, key: string, answer: string, trees: ReadonlyMap<string, Tree>): AnswerGiven {
  const [, treeId = '', questionId = '', name] = /^([^/]+)\/([^@]+)(?:@(.*))?$/s.exec(key) ?? [];
  const tree = trees.get(treeId);
  if (tree === undefined)
    throw usage(
      `${path}: ${key}: there is no tree ${treeId}`,
      didYouMean(treeId, [...trees.keys()]) ?? 'kmedic runbook lists them',
    );
  const question = tree.questions[questionId];
  if (question === undefined) {
    const ids = Object.keys(tree.questions);
    throw usage(
      `${path}: ${key}: tree ${treeId} has no question ${questionId}`,
      didYouMean(questionId, ids) ?? `it asks ${ids.join(', ')}`,
    );
  }
  const choices = [...question.answers.map(({ id }) => id), DONT_KNOW];
  if (!choices.includes(answer))
    throw usage(`${path}: ${key}: ${answer} is no answer`, `the answers are ${choices.join(', ')}`);
  const subject = name === undefined ? null : { kind: tree.subject, name };
  return { tree: treeId, question: questionId, subject, answer };
}
