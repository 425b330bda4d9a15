import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, lookUp, namesOf } from '../../../diagnose/look-up.ts';
import type { Tree } from '../../../diagnose/model.ts';
import { leafRunbook, ruleRunbook, runbookFiles, treeRunbook } from '../../../render/runbook-markdown.ts';
import { treeMermaid } from '../../../render/runbook-mermaid.ts';
import { optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { didYouMean } from '../../suggest.ts';
import type { runbook } from './descriptors.ts';

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
    io.out(listText(trees));
    return 0;
  }
  const entry = lookUp(word, trees);
  if (entry === null)
    throw usage(`there is no runbook ${word}`, didYouMean(word, namesOf(trees)) ?? `the trees are ${idsOf(trees)}`);
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

function listText(trees: readonly Tree[]): string {
  const width = Math.max(
    ...trees.flatMap(({ id, symptoms }) => [id.length, ...symptoms.map((each) => each.id.length + 2)]),
  );
  return trees
    .flatMap(({ id, title, subject, symptoms }) => [
      `${id.padEnd(width)}  ${title} (${subject})`,
      ...symptoms.map((symptom) => `  ${symptom.id.padEnd(width - 2)}  ${symptom.text}`),
    ])
    .join('\n')
    .concat('\n');
}
