import { unfilled } from '../../../diagnose/fill-command.ts';
import { type Entry, explanationOf, lookUp, namesOf, type Rule, wayTo } from '../../../diagnose/look-up.ts';
import type { Tree } from '../../../diagnose/model.ts';
import { correctionText, SIGNS, sourceLines } from '../../../render/diagnosis-view.ts';
import { commandLines, labelled } from '../../../render/labelled-lines.ts';
import type { Style } from '../../../render/style.ts';
import { optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { styleOf } from '../../io.ts';
import { didYouMean } from '../../suggest.ts';
import type { explain } from './descriptors.ts';

export const run: Run = async (invocation, io, deps) => {
  const { showSources, output } = optionsOf<typeof explain>(invocation);
  const [word = ''] = invocation.args;
  const trees = [...(await deps.knowledge()).trees.values()];
  const entry = lookUp(word, trees);
  if (entry === null)
    throw usage(`nothing is called ${word}`, didYouMean(word, namesOf(trees)) ?? 'kmedic runbook lists the trees');
  if (output === 'table') {
    const style = await styleOf(io, false);
    io.out(`${linesOf(entry, showSources, style).join('\n')}\n`);
    return 0;
  }
  const document = explanationOf(entry);
  if (output === 'yaml') io.out((await import('../../../render/yaml.ts')).renderYaml(document));
  else io.out((await import('../../../render/json.ts')).renderJson(document));
  return 0;
};

function linesOf(entry: Entry, showSources: boolean, style: Style): string[] {
  if (entry.kind === 'rule') return ruleLines(entry.rule, style);
  if (entry.kind === 'leaf') return leafLines(entry.tree, entry.leaf, showSources, style);
  return treeLines(entry.tree, style);
}

function ruleLines({ rule, name, meaning, severity, command }: Rule, style: Style): string[] {
  const subject = command === 'lag' ? ' <group>' : '';
  return [
    style.theme('strong', `${rule}  ${name}`),
    ...labelled('meaning', [meaning], style),
    ...labelled('severity', [severity], style),
    ...commandLines('see it', [`kmedic ${command}${subject}`], style),
    ...commandLines('cause', [`kmedic diagnose ${command}${command === 'lag' ? ' -g <group>' : ''}`], style),
  ];
}

function leafLines(tree: Tree, id: string, showSources: boolean, style: Style): string[] {
  const leaf = tree.leaves[id];
  if (leaf === undefined) return [];
  const { sign, tone, word } = SIGNS[leaf.outcome];
  const originals = leaf.originals.map(({ original, kmedic }) => ({ original, kmedic: unfilled(kmedic) }));
  return [
    `${style.theme(tone, sign)} ${style.theme('strong', `${word}  ${id}  ${leaf.verdict}`)}`,
    ...labelled('because', [leaf.because], style),
    ...labelled(
      'found by',
      wayTo(tree, id).map(({ ask, answer }) => `${ask} → ${answer}`),
      style,
    ),
    ...labelled('do', leaf.actions, style),
    ...(showSources
      ? sourceLines({ source: leaf.sources, corrections: leaf.corrections, originals }, style)
      : labelled('note', leaf.corrections.map(correctionText), style)),
    ...commandLines('next', leaf.commands.map(unfilled), style),
    ...commandLines('runbook', [`kmedic runbook ${tree.id}`], style),
  ];
}

function treeLines({ id, title, symptoms, leaves }: Tree, style: Style): string[] {
  return [
    style.theme('strong', `${id}  ${title}`),
    ...labelled(
      'symptoms',
      symptoms.map(({ text }) => text),
      style,
    ),
    ...labelled(
      'verdicts',
      Object.entries(leaves).map(([leaf, { verdict }]) => `${leaf} ${verdict}`),
      style,
    ),
    ...commandLines('runbook', [`kmedic runbook ${id}`], style),
  ];
}
