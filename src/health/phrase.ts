import { spanText } from './span-text.ts';

/**
 * A sentence whose numbers, durations and names are still values, so that each output can say them its own way: digits
 * grouped on a terminal, plain in JSON. The literal text is ours and trusted; every interpolated string came from a
 * cluster and is escaped by whoever prints it.
 */
export interface Phrase {
  readonly literals: readonly string[];
  readonly values: readonly PhraseValue[];
}

export interface Duration {
  readonly durationMs: number;
}

export type PhraseValue = string | number | Duration;

/** Milliseconds that are to be printed as a span of time (`62000` as `1m02s`). */
export function span(durationMs: number): Duration {
  return { durationMs };
}

/** Tag for template literals: ``phrase`committed ${offset} of ${topic}` ``. */
export function phrase(literals: TemplateStringsArray, ...values: readonly PhraseValue[]): Phrase {
  return { literals: [...literals], values };
}

/** Puts phrases one after another, with `separator` between them. */
export function joinPhrases(phrases: readonly Phrase[], separator: string): Phrase {
  const literals: string[] = [''];
  const values: PhraseValue[] = [];
  phrases.forEach((part, index) => {
    const last = literals.length - 1;
    literals[last] = `${literals[last] ?? ''}${index === 0 ? '' : separator}${part.literals[0] ?? ''}`;
    literals.push(...part.literals.slice(1));
    values.push(...part.values);
  });
  return { literals, values };
}

/** Says a phrase: `number`, `span` and `text` print the three kinds of values; literals stay as they are. */
export function say(
  { literals, values }: Phrase,
  printer: { number(value: number): string; span(durationMs: number): string; text(value: string): string },
): string {
  let out = literals[0] ?? '';
  values.forEach((value, index) => {
    if (typeof value === 'number') out += printer.number(value);
    else if (typeof value === 'string') out += printer.text(value);
    else out += printer.span(value.durationMs);
    out += literals[index + 1] ?? '';
  });
  return out;
}

/** A phrase as a script reads it: plain numbers, names as they are (JSON does its own escaping). */
export function plainText(sentence: Phrase): string {
  return say(sentence, { number: String, span: spanText, text: (value) => value });
}
