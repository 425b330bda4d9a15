import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { whyNoFile } from '../../../client/file-reason.ts';
import { type AnswerGiven, DONT_KNOW, type Tree } from '../../../diagnose/model.ts';
import { usage } from '../../failure.ts';
import { didYouMean } from '../../suggest.ts';

const FORM = 'write {"tree/question@subject": "answer"}, as diagnose prints them';

/**
 * Reads answers that were given beforehand: `{ "rebalance/batch-time@payments": "over" }`, as JSON or YAML. Without
 * `@subject` an answer is for every subject; `unknown` says that nobody knows. Throws a Failure with exit code 2.
 */
export function readAnswers(path: string, trees: ReadonlyMap<string, Tree>): AnswerGiven[] {
  const value = parsed(textOf(path), path);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usage(`${path}: not a set of answers`, FORM);
  return Object.entries(value).map(([key, answer]) => answerOf(path, key, spelt(answer), trees));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usage(`cannot read ${path}: ${whyNoFile(error)}`, FORM);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch {
    // Where YAML stumbles says little of what was meant to be one answer a line.
    throw usage(`${path}: not a set of answers: it is neither JSON nor YAML`, FORM);
  }
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
