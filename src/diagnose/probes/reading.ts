import type { Evidence, Fact, Probe, Reading, Subject } from '../model.ts';
import { type Look, lookAt } from './look.ts';

/** How probes say what they found. */

interface Where {
  readonly value?: Fact['value'];
  readonly unit?: string;
  readonly at?: string | null;
  readonly windowMs?: number | null;
}

export function fact(source: string, text: string, { value, unit, at, windowMs }: Where = {}): Fact {
  return { text, value: value ?? null, unit: unit ?? null, source, at: at ?? null, windowMs: windowMs ?? null };
}

interface Rest {
  readonly likely?: boolean;
  readonly concerns?: readonly string[];
}

export function measured(
  answer: string,
  facts: readonly Fact[],
  { likely = false, concerns = [] }: Rest = {},
): Reading {
  return {
    status: 'measured',
    answer,
    facts: [...facts],
    ...(likely ? { certainty: 'likely' as const } : {}),
    ...(concerns.length === 0 ? {} : { concerns: [...new Set(concerns)] }),
  };
}

export function assumed(answer: string, facts: readonly Fact[]): Reading {
  return { status: 'assumed', answer, facts: [...facts] };
}

export function unknown(
  because: string,
  wouldTell: string,
  { facts = [], leans, concerns = [] }: { facts?: readonly Fact[]; leans?: string; concerns?: readonly string[] } = {},
): Reading {
  return {
    status: 'unknown',
    facts: [...facts],
    because,
    wouldTell,
    ...(leans === undefined ? {} : { leans }),
    ...(concerns.length === 0 ? {} : { concerns: [...new Set(concerns)] }),
  };
}

/** A probe over the views that `lookAt` makes of evidence. */
export function probe(
  id: string,
  answers: readonly string[],
  measure: (look: Look, subject: Subject, evidence: Evidence) => Reading,
): Probe {
  return { id, answers, measure: (evidence, subject) => measure(lookAt(evidence), subject, evidence) };
}

/** `orders-2` */
export function place({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}

/** Names of some places, and how many more there are. */
export function some(names: readonly string[], atMost = 3): string {
  const more = names.length - atMost;
  return more > 0 ? `${names.slice(0, atMost).join(', ')} and ${more} more` : names.join(', ');
}

/** `1 partition`, `3 partitions`; of a number that counts something. */
export function count(number: number | null, noun: string): string {
  return `${number ?? '-'} ${noun}${number === 1 ? '' : 's'}`;
}
