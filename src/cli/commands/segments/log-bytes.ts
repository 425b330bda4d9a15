import { statSync } from 'node:fs';
import type { LocatedPartition } from '../../../segments/locate.ts';

/** Bytes of the logs of these partitions: what a progress counts up to. */
export function logBytes(partitions: readonly LocatedPartition[]): number {
  return partitions
    .flatMap(({ files }) => files)
    .filter(({ kind }) => kind.type === 'log')
    .reduce((sum, { path }) => sum + sizeOf(path), 0);
}

/** 0 where that cannot be told: it is for the progress alone. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}
