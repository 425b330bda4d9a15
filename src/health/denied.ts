import type { Problem } from '../cluster/snapshot.ts';

/** Whether it is a matter of rights: asking again gets the same answer. */
export function isDenied({ name }: Pick<Problem, 'name'>): boolean {
  return name.endsWith('_AUTHORIZATION_FAILED');
}
