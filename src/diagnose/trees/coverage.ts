import { ARTICLES } from './coverage-articles.ts';
import { GUIDE } from './coverage-guide.ts';

export interface Section {
  readonly document: string;
  readonly section: string;
  /** Branches, rows, steps or causes of the section, in its order; each with the leaves where a walk finds it. */
  readonly branches: readonly (readonly [branch: string, ...leaves: string[]])[];
}

/**
 * What the source documents teach, branch by branch, and the leaves that hold it. A test holds it against the trees: no
 * branch without a leaf, every leaf from a section that is listed here, every section with as many branches as it has.
 */
export const COVERAGE: readonly Section[] = [...GUIDE, ...ARTICLES];
