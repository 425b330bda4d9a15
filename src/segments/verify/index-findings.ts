import type { Finding } from '../findings.ts';
import { locate } from '../locate.ts';
import { verifyPartition } from './partition.ts';

/** What is wrong with an index, or a time index, held against the log beside it: every entry is compared. */
export async function indexFindings(
  path: string,
  options: { readonly now: number; readonly pause: (done: number) => Promise<boolean> },
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const partition of locate([path]).partitions) {
    const { findings } = await verifyPartition(partition, { ...options, deep: false });
    found.push(...findings.filter(({ file }) => file === path));
  }
  return found;
}
