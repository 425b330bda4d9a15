import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { usage } from '../../../src/broker/fault/grammar.ts';
import { FAULT_NAMES, FAULTS, parameterNotes } from '../../../src/broker/fault/vocabulary.ts';

/** The table of docs/faults.md, from the vocabulary. */
function table(): string {
  const rows = FAULT_NAMES.map((name) => {
    const { summary, effect } = FAULTS[name];
    return `| \`${name}\` | ${summary}. ${effect} | ${code(usage(name))} | ${code(FAULTS[name].example)} |`;
  });
  return ['| fault | what happens | parameters | for example |', '|---|---|---|---|', ...rows].join('\n');
}

function parameters(): string {
  return parameterNotes()
    .map(({ text, faults }) => `* ${text} (${faults.map(code).join(', ')})`)
    .join('\n');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

it('docs/faults.md tells what the vocabulary says', () => {
  const text = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');
  expect(text).toContain(table());
  expect(text).toContain(parameters());
});
