import type { DiagnosisWalk } from '../diagnose/diagnosis-document.ts';

/** The first of each kind, with the others of its kind: what ten thousand groups have is told once. */
export function alike<T>(items: readonly T[], kindOf: (item: T) => string): [first: T, others: T[]][] {
  const kinds = new Map<string, [T, T[]]>();
  for (const item of items) {
    const kind = kindOf(item);
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, [item, []]);
    else known[1].push(item);
  }
  return [...kinds.values()];
}

/** What two walks have in common that took the same way for the same reasons: the values on it may differ. */
export function wayOf({ tree, steps, endings }: DiagnosisWalk): string {
  const turns = steps.map(({ tree: at, question, provenance, answer }) => `${at}/${question} ${provenance} ${answer}`);
  return [tree, ...turns, ...endings.map(({ leaf, confidence }) => `${leaf} ${confidence}`)].join('\n');
}

/** At most a few names, and how many more there are. */
export function listText(names: readonly string[], atMost = 6): string {
  const shown = names.slice(0, atMost).join(', ');
  return names.length > atMost ? `${shown} … and ${names.length - atMost} more` : shown;
}
