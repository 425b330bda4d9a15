import type { Disk } from './disk.ts';
import {
  CLEANED_SUFFIX,
  fileName,
  INDEX_SUFFIX,
  LOG_SUFFIX,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './file-names.ts';
import { Segment } from './segment.ts';

/** In the order in which files are renamed: the `.log` is the last, and the one that counts. */
const PARTS = [INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX, LOG_SUFFIX];

/**
 * Puts the files of a cleaned segment in the place of those it was made of, and opens it. From the moment that its
 * `.log` is called `.swap`, a start after a crash carries the replacement through; before, it is forgotten.
 */
export function swapIn(
  disk: Disk,
  directory: string,
  sources: readonly Segment[],
  cleaned: Segment,
  retire: (source: Segment) => void,
): Segment {
  const { baseOffset, createdMs } = cleaned;
  cleaned.finishIndexes();
  cleaned.sync();
  cleaned.syncIndexes();
  cleaned.close();
  rename(disk, directory, baseOffset, CLEANED_SUFFIX, SWAP_SUFFIX);
  disk.syncDirectory(directory);
  for (const source of sources) retire(source);
  rename(disk, directory, baseOffset, SWAP_SUFFIX, '');
  disk.syncDirectory(directory);
  return new Segment(disk, directory, baseOffset, { create: false, nowMs: createdMs });
}

function rename(disk: Disk, directory: string, baseOffset: number, from: string, to: string): void {
  for (const part of PARTS) {
    const path = `${directory}/${fileName(baseOffset, part)}`;
    if (disk.exists(path + from)) disk.rename(path + from, path + to);
  }
}
