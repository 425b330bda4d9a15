import type { Subject } from './model.ts';
import { type Ending, type Knowledge, leafOf } from './walk.ts';

/** A verdict, and those that are only its consequences. */
export interface Folded {
  readonly ending: Ending;
  readonly consequences: readonly Ending[];
}

/**
 * Puts consequences under their causes: a verdict whose leaf says that another found fault brings it about, on the same things,
 * is told under that fault, once. Causes keep the order in which they come.
 */
export function fold(knowledge: Knowledge, endings: readonly Ending[]): Folded[] {
  const sure = endings.filter((ending) => ending.confidence !== 'low' && leafOf(knowledge, ending).outcome === 'fault');
  const causeOf = new Map<Ending, Ending>();
  for (const ending of endings) {
    const causedBy = leafOf(knowledge, ending).causedBy ?? [];
    if (causedBy.length === 0) continue;
    const cause = sure.find(
      (other) => other !== ending && causedBy.includes(other.leaf) && related(ending, other) && !leadsTo(other, ending),
    );
    if (cause !== undefined) causeOf.set(ending, cause);
  }
  /** Two leaves that name one another would otherwise both vanish. */
  function leadsTo(from: Ending, to: Ending): boolean {
    for (let at: Ending | undefined = from; at !== undefined; at = causeOf.get(at)) if (at === to) return true;
    return false;
  }
  const rootOf = (ending: Ending): Ending => {
    let at = ending;
    for (let up = causeOf.get(at); up !== undefined; up = causeOf.get(at)) at = up;
    return at;
  };
  return endings
    .filter((ending) => !causeOf.has(ending))
    .map((ending) => ({
      ending,
      consequences: endings.filter((other) => other !== ending && rootOf(other) === ending),
    }));
}

/** Scopes that an ending is about: its subject, then what the readings on the way concern, the last and closest one first. */
export function concernsOf({ subject, path }: Pick<Ending, 'subject' | 'path'>): string[] {
  const own = scopeOf(subject);
  const named = path.toReversed().flatMap(({ step }) => step.reading?.concerns ?? []);
  return [...new Set([...(own === null ? [] : [own]), ...named])];
}

/** `group payments`; null for the cluster as a whole. */
export function scopeOf({ kind, name }: Subject): string | null {
  return name === null || kind === 'cluster' ? null : `${kind} ${name}`;
}

/** Whether two endings are about the same things: what is about the whole cluster, and names nothing, is about everything. */
function related(a: Ending, b: Ending): boolean {
  const [left, right] = [concernsOf(a), concernsOf(b)];
  if (left.length === 0 || right.length === 0) return true;
  const wide = new Set(left.flatMap(widened));
  const narrow = new Set(left);
  return right.some((scope) => wide.has(scope)) || right.flatMap(widened).some((scope) => narrow.has(scope));
}

/** A partition is a part of its topic. */
function widened(scope: string): string[] {
  const partition = /^(\S+)-\d+$/.exec(scope);
  return partition === null ? [scope] : [scope, `topic ${partition[1]}`];
}
