import { lastOffset } from '../records/fields.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { Disk } from './disk.ts';
import { CLEANED_SUFFIX, fileName, LOG_SUFFIX, offsetOf, SEGMENT_SUFFIXES, SWAP_SUFFIX } from './file-names.ts';
import { Segment } from './segment.ts';

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

/**
 * Carries the replacements through that a crash has left as `.swap` files: the old segments in the range of each go, and
 * it takes its name. `names` are the files in the directory; returns those that are there then.
 */
export function finishSwaps(disk: Disk, directory: string, names: readonly string[]): readonly string[] {
  const swapped = names.filter((name) => name.endsWith(LOG_SUFFIX + SWAP_SUFFIX));
  if (swapped.length === 0) return names;
  for (const name of swapped) {
    const baseOffset = offsetOf(name.slice(0, -SWAP_SUFFIX.length), LOG_SUFFIX);
    if (baseOffset === null) continue;
    const nextOffset = endOf(disk, `${directory}/${name}`, baseOffset);
    for (const old of names) {
      const offset = SEGMENT_SUFFIXES.map((suffix) => offsetOf(old, suffix)).find((known) => known !== null) ?? -1;
      const isReplaced = offset >= baseOffset && (offset === baseOffset || offset < nextOffset);
      if (isReplaced) disk.remove(`${directory}/${old}`);
    }
    rename(disk, directory, baseOffset, SWAP_SUFFIX, '');
  }
  return disk.list(directory);
}

/** The offset behind the last batch in a `.log`; `baseOffset` where there is none. */
function endOf(disk: Disk, path: string, baseOffset: number): number {
  const file = disk.open(path);
  const cursor = new BatchCursor(file, 0);
  let nextOffset = baseOffset;
  while (cursor.next()) nextOffset = lastOffset(cursor.buffer, cursor.at) + 1;
  file.close();
  return nextOffset;
}

function rename(disk: Disk, directory: string, baseOffset: number, from: string, to: string): void {
  for (const part of SEGMENT_SUFFIXES) {
    const path = `${directory}/${fileName(baseOffset, part)}`;
    if (disk.exists(path + from)) disk.rename(path + from, path + to);
  }
}
