import * as z from 'zod';
import { ISR_VERDICTS } from '../health/isr-verdicts.ts';
import { SEVERITIES, VERDICTS, type VerdictInfo } from '../health/verdicts.ts';
import { leafSchema, TREE_PREFIX, type Tree, treeSchema } from './model.ts';

/** A rule of `lag` or `isr`, and the tree that finds out why it holds. */
export interface Rule extends VerdictInfo {
  readonly name: string;
  readonly command: 'lag' | 'isr';
}

/** Every rule by its id, in the order of ids. */
export const RULES: readonly Rule[] = [
  ...Object.entries(VERDICTS).map(([name, info]): Rule => ({ name, command: 'lag', ...info })),
  ...Object.entries(ISR_VERDICTS).map(([name, info]): Rule => ({ name, command: 'isr', ...info })),
].sort((a, b) => (a.rule < b.rule ? -1 : 1));

/** What a word can name: a tree, one of its leaves or symptoms, or a rule. */
export type Entry =
  | { readonly kind: 'tree'; readonly tree: Tree }
  | { readonly kind: 'symptom'; readonly tree: Tree; readonly symptom: string }
  | { readonly kind: 'leaf'; readonly tree: Tree; readonly leaf: string }
  | { readonly kind: 'rule'; readonly rule: Rule };

/** Finds what a word names, whatever its case; null where nothing is called so. */
export function lookUp(word: string, trees: Iterable<Tree>): Entry | null {
  const [lower, upper] = [word.toLowerCase(), word.toUpperCase()];
  for (const tree of trees) {
    if (tree.id === lower) return { kind: 'tree', tree };
    if (tree.symptoms.some(({ id }) => id === lower)) return { kind: 'symptom', tree, symptom: lower };
    if (tree.leaves[upper] !== undefined) return { kind: 'leaf', tree, leaf: upper };
  }
  const rule = RULES.find((each) => each.rule === upper || each.name === upper);
  return rule === undefined ? null : { kind: 'rule', rule };
}

/** Everything that `lookUp` finds, for suggestions. */
export function namesOf(trees: Iterable<Tree>): string[] {
  return [
    ...[...trees].flatMap((tree) => [tree.id, ...tree.symptoms.map(({ id }) => id), ...Object.keys(tree.leaves)]),
    ...RULES.flatMap(({ rule, name }) => [rule, name]),
  ];
}

/** The shortest way from the root of a tree to one of its leaves: questions with the answers that lead there. */
export function wayTo(tree: Tree, leaf: string): { readonly ask: string; readonly answer: string }[] {
  const reached = new Map<string, { readonly from: string; readonly ask: string; readonly answer: string }>();
  const queue = [tree.root, ...tree.symptoms.flatMap(({ start }) => start ?? [])];
  const roots = new Set(queue);
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    const question = tree.questions[node];
    if (question === undefined) continue;
    const turns = [
      ...question.answers.map(({ text, to }) => ({ text, to })),
      ...(question.otherwise === undefined ? [] : [{ text: 'not known', to: question.otherwise }]),
    ];
    for (const { text, to } of turns) {
      if (to.startsWith(TREE_PREFIX) || roots.has(to) || reached.has(to)) continue;
      reached.set(to, { from: node, ask: question.ask, answer: text });
      queue.push(to);
    }
  }
  const way: { ask: string; answer: string }[] = [];
  for (let at = reached.get(leaf); at !== undefined; at = reached.get(at.from))
    way.unshift({ ask: at.ask, answer: at.answer });
  return way;
}

/** Published schema of `kmedic explain -o json` (kind `explanation`, version 1): one of the three is told. */
export const explanationSchema = z.object({
  kind: z.literal('explanation'),
  version: z.literal(1),
  name: z.string(),
  rule: z
    .object({
      rule: z.string(),
      name: z.string(),
      severity: z.enum(SEVERITIES),
      meaning: z.string(),
      command: z.enum(['lag', 'isr']),
    })
    .nullable(),
  leaf: leafSchema.extend({ id: z.string(), tree: z.string() }).nullable(),
  tree: treeSchema.nullable(),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** What a name stands for, as a document. */
export function explanationOf(entry: Entry): Explanation {
  const none = { kind: 'explanation', version: 1, rule: null, leaf: null, tree: null } as const;
  if (entry.kind === 'rule') return { ...none, name: entry.rule.rule, rule: entry.rule };
  const leaf = entry.kind === 'leaf' ? entry.tree.leaves[entry.leaf] : undefined;
  if (entry.kind !== 'leaf' || leaf === undefined) return { ...none, name: entry.tree.id, tree: entry.tree };
  return { ...none, name: entry.leaf, leaf: { id: entry.leaf, tree: entry.tree.id, ...leaf } };
}
