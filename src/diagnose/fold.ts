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
  const causes = new Causes(sure);
  const causeOf = new Map<Ending, Ending>();
  for (const ending of endings) {
    const causedBy = leafOf(knowledge, ending).causedBy ?? [];
    if (causedBy.length === 0) continue;
    const cause = causes.first(ending, causedBy, (other) => !leadsTo(other, ending));
    if (cause !== undefined) causeOf.set(ending, cause);
  }
  /** Two leaves that name one another would otherwise both vanish. */
  function leadsTo(from: Ending, to: Ending): boolean {
    for (let at: Ending | undefined = from; at !== undefined; at = causeOf.get(at)) if (at === to) return true;
    return false;
  }
  const consequences = new Map<Ending, Ending[]>();
  for (const ending of causeOf.keys()) {
    let root = ending;
    for (let up = causeOf.get(root); up !== undefined; up = causeOf.get(root)) root = up;
    const known = consequences.get(root);
    if (known === undefined) consequences.set(root, [ending]);
    else known.push(ending);
  }
  return endings
    .filter((ending) => !causeOf.has(ending))
    .map((ending) => ({ ending, consequences: consequences.get(ending) ?? [] }));
}

/** Sure faults by leaf and by what they are about: of ten thousand groups each finds its cause without asking all the others. */
class Causes {
  readonly #places = new Map<Ending, number>();
  /** Of each leaf the endings, in order, by what they name; under the empty scope all of them. */
  readonly #named = new Map<string, Ending[]>();
  /** Those that name something which is a part of the scope. */
  readonly #within = new Map<string, Ending[]>();
  /** Those that name nothing: they are about everything. */
  readonly #everywhere = new Map<string, Ending[]>();

  constructor(sure: readonly Ending[]) {
    const put = (index: Map<string, Ending[]>, leaf: string, scope: string, ending: Ending): void => {
      const key = `${leaf} ${scope}`;
      const known = index.get(key);
      if (known === undefined) index.set(key, [ending]);
      else known.push(ending);
    };
    for (const [place, ending] of sure.entries()) {
      this.#places.set(ending, place);
      const scopes = concernsOf(ending);
      put(this.#named, ending.leaf, '', ending);
      if (scopes.length === 0) put(this.#everywhere, ending.leaf, '', ending);
      for (const scope of scopes) put(this.#named, ending.leaf, scope, ending);
      for (const scope of new Set(scopes.flatMap(widened))) put(this.#within, ending.leaf, scope, ending);
    }
  }

  /** The first one, with one of these leaves, that is about the same things: a partition is a part of its topic. */
  first(ending: Ending, leaves: readonly string[], fits: (other: Ending) => boolean): Ending | undefined {
    const scopes = concernsOf(ending);
    let found: Ending | undefined;
    const placeOf = (other: Ending): number => this.#places.get(other) ?? 0;
    const look = (index: ReadonlyMap<string, Ending[]>, leaf: string, scope: string): void => {
      const best = index.get(`${leaf} ${scope}`)?.find((other) => other !== ending && fits(other));
      if (best !== undefined && (found === undefined || placeOf(best) < placeOf(found))) found = best;
    };
    for (const leaf of leaves) {
      if (scopes.length === 0) look(this.#named, leaf, '');
      look(this.#everywhere, leaf, '');
      for (const scope of scopes.flatMap(widened)) look(this.#named, leaf, scope);
      for (const scope of scopes) look(this.#within, leaf, scope);
    }
    return found;
  }
}

/** Scopes that an ending is about: its subject, then what the readings on the way concern, the last and closest one first. */
export function concernsOf({ subject, path }: Pick<Ending, 'subject' | 'path'>): string[] {
  const own = scopeOf(subject);
  return [
    ...new Set([
      ...(own === null ? [] : [own]),
      ...path.toReversed().flatMap(({ step }) => step.reading?.concerns ?? []),
    ]),
  ];
}

/** `group payments`; null for the cluster as a whole. */
export function scopeOf({ kind, name }: Subject): string | null {
  return name === null || kind === 'cluster' ? null : `${kind} ${name}`;
}

/** A partition is a part of its topic. */
function widened(scope: string): string[] {
  const partition = /^(\S+)-\d+$/.exec(scope);
  return partition === null ? [scope] : [scope, `topic ${partition[1]}`];
}
