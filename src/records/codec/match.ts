/** From so many bytes on a call that copies them is faster than a loop. */
const COPY_FROM_BYTES = 96;

/** The four bytes at `at`, as matches are looked up by. */
export function wordAt(data: Buffer, at: number): number {
  return (
    (data[at] as number) |
    ((data[at + 1] as number) << 8) |
    ((data[at + 2] as number) << 16) |
    ((data[at + 3] as number) << 24)
  );
}

/** Copies `data[start, end)` to `out` and returns the position behind it. */
export function copy(data: Buffer, start: number, end: number, out: Buffer, to: number): number {
  if (end - start >= COPY_FROM_BYTES) data.copy(out, to, start, end);
  else for (let at = start, target = to; at < end; at++) out[target++] = data[at] as number;
  return to + end - start;
}
