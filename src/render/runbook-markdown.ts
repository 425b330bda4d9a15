import { unfilled } from '../diagnose/fill-command.ts';
import { RULES, type Rule, wayTo } from '../diagnose/look-up.ts';
import { type Leaf, type Question, TREE_PREFIX, type Tree } from '../diagnose/model.ts';
import { TRADE_OFFS } from '../diagnose/trees/trade-offs.ts';
import { escapeMarkdown, markdownCode } from './markdown.ts';
import { treeMermaid } from './runbook-mermaid.ts';

type Blocks = readonly (readonly string[])[];

/** A tree as a runbook that can be followed by hand, without kmedic at hand. */
export function treeRunbook(tree: Tree): string {
  const about = tree.subject === 'cluster' ? 'the cluster' : `a ${tree.subject}`;
  const option = { group: ' -g <group>', topic: ' -t <topic>', client: ' --client-config <client>' }[
    tree.subject as string
  ];
  return document([
    [`# ${escapeMarkdown(tree.title)}`],
    [
      `About ${about}. Walk it with ${markdownCode(`kmedic diagnose ${tree.id}${option ?? ''}`)}: what can be measured is not asked.`,
    ],
    ...(tree.symptoms.length === 0 ? [] : [['Symptoms:'], tree.symptoms.map((each) => symptomLine(each))]),
    ['```mermaid', treeMermaid(tree).trimEnd(), '```'],
    ['## Questions'],
    ...Object.entries(tree.questions).flatMap(([id, question]) => questionBlocks(tree, id, question)),
    ['## Verdicts'],
    ...Object.entries(tree.leaves).flatMap(([id, leaf]) => leafBlocks(tree, id, leaf, '###')),
    ...(tree.sources.length === 0 ? [] : [['## Sources'], sourceList(tree.sources)]),
  ]);
}

function symptomLine({ id, text, also = [] }: Tree['symptoms'][number]): string {
  const others =
    also.length === 0 ? '' : `; it can come from ${also.map((tree) => `[${tree}](${tree}.md)`).join(', ')} too`;
  return `- ${escapeMarkdown(text)} (${markdownCode(`kmedic diagnose ${id}`)})${others}`;
}

/** One verdict as a runbook of its own. */
export function leafRunbook(tree: Tree, id: string): string {
  const leaf = tree.leaves[id];
  return document(leaf === undefined ? [] : leafBlocks(tree, id, leaf, '#'));
}

/** The symptoms that lead to all that can cause a rule of theirs. */
const CAUSES: Readonly<Record<Rule['command'], string>> = { lag: 'lag-grows', isr: 'under-replicated' };

/** A rule of `lag` or `isr`: what it means, and the symptom that leads to its cause. */
export function ruleRunbook({ rule, name, meaning, severity, command }: Rule): string {
  const cause = CAUSES[command];
  return document([
    [`# ${rule} ${name}`],
    [`${meaning[0]?.toUpperCase()}${escapeMarkdown(meaning.slice(1))}. Severity: ${severity}.`],
    ['See it, then find its cause:'],
    [
      '```',
      `kmedic ${command}${command === 'lag' ? ' <group>' : ''}`,
      `kmedic diagnose ${cause}${command === 'lag' ? ' -g <group>' : ''}`,
      '```',
    ],
  ]);
}

/** Every runbook as a file: name and text. */
export function runbookFiles(trees: readonly Tree[]): Map<string, string> {
  const files = new Map(trees.map((tree) => [`${tree.id}.md`, treeRunbook(tree)]));
  const index = document([
    ['# Runbooks'],
    [
      'Written by `kmedic runbook --out docs/runbooks` from the trees that `kmedic diagnose` walks; a test fails when they differ. Do not edit them here.',
    ],
    [
      '| tree | about | symptoms | verdicts |',
      '|---|---|---|---|',
      ...trees.map(({ id, title, subject, symptoms, leaves }) => {
        const ids = Object.keys(leaves);
        return `| [${escapeMarkdown(title)}](${id}.md) | ${subject} | ${symptoms.map(({ text }) => escapeMarkdown(text)).join('; ')} | ${ids[0] ?? ''} … ${ids.at(-1) ?? ''} |`;
      }),
    ],
    ['## Two profiles'],
    profilesTable((id) => leafLink(trees, id)),
    ['## Rules of `kmedic lag` and `kmedic isr`'],
    [
      '| rule | verdict | meaning | cause |',
      '|---|---|---|---|',
      ...RULES.map(
        ({ rule, name, meaning, command }) =>
          `| ${rule} | ${name} | ${escapeMarkdown(meaning)} | \`kmedic diagnose ${CAUSES[command]}\` |`,
      ),
    ],
  ]);
  return files.set('README.md', index);
}

/** The settings of the two profiles, as a runbook of its own. */
export function profilesRunbook(): string {
  return document([
    ['# Two profiles: throughput, or durability'],
    ['Values to aim at, what they cost, and the verdicts that deal with them (`kmedic runbook DUR-04`).'],
    profilesTable((id) => id),
  ]);
}

function profilesTable(linkOf: (leaf: string) => string): readonly string[] {
  return [
    '| setting | of | for throughput | for durability | the price | see |',
    '|---|---|---|---|---|---|',
    ...TRADE_OFFS.map(({ setting, of, throughput, durability, price, beware, leaves }) => {
      const text = beware === null ? price : `${price}. The documents say: ${beware.claim}. In fact: ${beware.right}`;
      const see = [...new Set([leaves.throughput, leaves.durability])].map(linkOf).join(', ');
      return `| ${markdownCode(setting)} | ${of} | ${throughput} | ${durability} | ${escapeMarkdown(text)} | ${see} |`;
    }),
  ];
}

function leafLink(trees: readonly Tree[], id: string): string {
  const tree = trees.find(({ leaves }) => leaves[id] !== undefined);
  return tree === undefined ? id : `[${id}](${tree.id}.md#${id.toLowerCase()})`;
}

function questionBlocks(tree: Tree, id: string, { ask, why, howToTell, probe, answers, otherwise }: Question): Blocks {
  return [
    [`### ${escapeMarkdown(ask)}`],
    [
      `<a id="${id}"></a>`,
      `- why: ${escapeMarkdown(why)}`,
      `- how to tell: ${escapeMarkdown(howToTell)}`,
      `- ${probe === null ? 'only a person can tell' : `kmedic measures it (probe ${markdownCode(probe)})`}`,
    ],
    [
      '| answer | goes to |',
      '|---|---|',
      ...answers.map(({ text, to }) => `| ${escapeMarkdown(text)} | ${linkTo(tree, to)} |`),
      ...(otherwise === undefined ? [] : [`| not known | ${linkTo(tree, otherwise)} |`]),
    ],
  ];
}

function linkTo(tree: Tree, to: string): string {
  if (to.startsWith(TREE_PREFIX)) return `[tree ${to.slice(TREE_PREFIX.length)}](${to.slice(TREE_PREFIX.length)}.md)`;
  const leaf = tree.leaves[to];
  if (leaf !== undefined) return `[${to}](#${to.toLowerCase()}): ${escapeMarkdown(leaf.verdict)}`;
  return `[${escapeMarkdown(tree.questions[to]?.ask ?? to)}](#${to})`;
}

function leafBlocks(tree: Tree, id: string, leaf: Leaf, heading: string): Blocks {
  const list = (title: string, items: readonly string[]): Blocks =>
    items.length === 0 ? [] : [[`${title}:`], items.map((item) => `- ${item}`)];
  const commands = leaf.commands.map(unfilled);
  return [
    [`${heading} ${id}`],
    [`<a id="${id.toLowerCase()}"></a>`, `**${escapeMarkdown(leaf.verdict)}** (${leaf.outcome})`],
    [escapeMarkdown(leaf.because)],
    ...list(
      'Found by',
      wayTo(tree, id).map(({ ask, answer }) => `${escapeMarkdown(ask)} → ${escapeMarkdown(answer)}`),
    ),
    ...list('Do', leaf.actions.map(escapeMarkdown)),
    ...(commands.length === 0 ? [] : [['```', ...commands, '```']]),
    ...list('Follows from', (leaf.causedBy ?? []).map(markdownCode)),
    ...list(
      'Instead of',
      leaf.originals.map(({ original, kmedic }) => `${markdownCode(original)}: ${markdownCode(unfilled(kmedic))}`),
    ),
    ...list(
      'The documents say otherwise',
      leaf.corrections.map(({ claim, right }) => `${escapeMarkdown(claim)}. In fact: ${escapeMarkdown(right)}`),
    ),
    ...(leaf.sources.length === 0 ? [] : [['Sources:'], sourceList(leaf.sources)]),
  ];
}

function sourceList(sources: Leaf['sources']): string[] {
  return sources.map(({ document: number, section }) => `- document ${number}, ${escapeMarkdown(section)}`);
}

function document(blocks: Blocks): string {
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
