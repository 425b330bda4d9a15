import { PROBES } from './probes/index.ts';
import { TREES } from './trees/index.ts';
import type { Knowledge } from './walk.ts';

/** Every tree and probe of this build; trees in the order in which causes come before consequences. */
export const KNOWLEDGE: Knowledge = { trees: new Map(TREES.map((tree) => [tree.id, tree])), probes: PROBES };
