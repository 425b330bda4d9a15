import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, lookUp, namesOf } from '../../../diagnose/look-up.ts';
import type { Tree } from '../../../diagnose/model.ts';
import {
  leafRunbook,
  profilesRunbook,
  ruleRunbook,
  runbookFiles,
  treeRunbook,
} from '../../../render/runbook-markdown.ts';
import { treeMermaid } from '../../../render/runbook-mermaid.ts';
import { wrap } from '../../../render/wrap.ts';
import { optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { didYouMean } from '../../suggest.ts';
import type { runbook } from './descriptors.ts';

/** Not a tree: the ten settings that differ between the two. */
const PROFILES = 'profiles';

export const run: Run = async (invocation, io, deps) => {
  const { output, out } = optionsOf<typeof runbook>(invocation);
  const [word] = invocation.args;
  const trees = [...(await deps.knowledge()).trees.values()];
  if (out !== undefined) {
    if (word !== undefined) throw usage('--out writes all runbooks: it takes no name');
    writeAll(out, trees);
    io.err(`${trees.length} runbooks and their index written to ${out}\n`);
    return 0;
  }
  if (word === undefined) {
    if (output === 'mermaid') throw usage('-o mermaid draws one tree: name it', `the trees are ${idsOf(trees)}`);
    io.out(listText(trees, io.width));
    return 0;
  }
  if (word === PROFILES) {
    if (output === 'mermaid') throw usage(`${PROFILES} is a table, and no tree: there is nothing to draw`);
    io.out(profilesRunbook());
    return 0;
  }
  const entry = lookUp(word, trees);
  if (entry === null)
    throw usage(
      `there is no runbook ${word}`,
      didYouMean(word, [...namesOf(trees), PROFILES]) ?? `the trees are ${idsOf(trees)}`,
    );
  io.out(output === 'mermaid' ? drawn(entry, word) : written(entry));
  return 0;
};

function written(entry: Entry): string {
  switch (entry.kind) {
    case 'tree':
    case 'symptom':
      return treeRunbook(entry.tree);
    case 'leaf':
      return leafRunbook(entry.tree, entry.leaf);
    case 'rule':
      return ruleRunbook(entry.rule);
  }
}

function drawn(entry: Entry, word: string): string {
  if (entry.kind === 'rule')
    throw usage(`${word} is a rule of kmedic ${entry.rule.command}: it has no tree of its own`);
  return treeMermaid(entry.tree);
}

function writeAll(directory: string, trees: readonly Tree[]): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of runbookFiles(trees)) writeFileSync(join(directory, name), text);
}

function idsOf(trees: readonly Tree[]): string {
  return trees.map(({ id }) => id).join(', ');
}

function listText(trees: readonly Tree[], columns: number): string {
  const width = Math.max(
    ...trees.flatMap(({ id, symptoms }) => [id.length, ...symptoms.map((each) => each.id.length + 2)]),
  );
  const rows = trees.flatMap(({ id, title, subject, symptoms }): [name: string, text: string][] => [
    [id, `${title} (${subject})`],
    ...symptoms.map((symptom): [string, string] => [`  ${symptom.id}`, symptom.text]),
  ]);
  return [...rows, [PROFILES, 'Two profiles: throughput, or durability (ten settings)'] as const]
    .flatMap(([name, text]) =>
      wrap(text, columns - width - 2).map((line, at) => `${(at === 0 ? name : '').padEnd(width)}  ${line}\n`),
    )
    .join('');
}
