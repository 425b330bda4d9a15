import type { GroupSelection, Want } from '../cluster/selection.ts';

export type TimeLagMode = 'auto' | 'always' | 'never';

/** With all groups asked for, records are read to tell their age only when so many commits at most are behind. */
const FEW = 1_000;

/** Whether to read the record at each commit that is behind: it is what tells the age of unread records. */
export function commitTimestamps(mode: TimeLagMode, groups: GroupSelection): NonNullable<Want['commitTimestamps']> {
  if (mode !== 'auto') return mode === 'always';
  return typeof groups === 'object' && 'names' in groups ? true : FEW;
}
