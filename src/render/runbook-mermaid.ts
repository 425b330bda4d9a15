import { TREE_PREFIX, type Tree } from '../diagnose/model.ts';

/** A tree as a Mermaid flowchart: questions are diamonds, verdicts boxes (thick: a fault), other trees rounded. */
export function treeMermaid(tree: Tree): string {
  const lines = ['flowchart TD'];
  for (const [id, { ask }] of Object.entries(tree.questions)) lines.push(`  ${nodeOf(id)}{"${label(ask)}"}`);
  for (const [id, { verdict, outcome }] of Object.entries(tree.leaves)) {
    const [open, close] = outcome === 'fault' ? ['[["', '"]]'] : ['["', '"]'];
    lines.push(`  ${nodeOf(id)}${open}${id}: ${label(verdict)}${close}`);
  }
  const others = new Set(
    Object.values(tree.questions).flatMap(({ answers }) =>
      answers.map(({ to }) => to).filter((to) => to.startsWith(TREE_PREFIX)),
    ),
  );
  for (const to of others) lines.push(`  ${nodeOf(to)}("tree ${to.slice(TREE_PREFIX.length)}")`);
  for (const [id, { answers, otherwise }] of Object.entries(tree.questions)) {
    for (const { text, to } of answers) lines.push(`  ${nodeOf(id)} -->|"${label(text)}"| ${nodeOf(to)}`);
    if (otherwise !== undefined) lines.push(`  ${nodeOf(id)} -.->|"not known"| ${nodeOf(otherwise)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Node names of Mermaid are letters, digits and underscores; `end` is a word of its own. */
function nodeOf(id: string): string {
  return `n_${id.replace(/[^A-Za-z0-9]/g, '_')}`;
}

/** Text inside quotes: Mermaid reads HTML entities by number there. */
function label(text: string): string {
  return text.replace(/[&"<>#;`|\\]/g, (character) => `#${character.charCodeAt(0)};`);
}
