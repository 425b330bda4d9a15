import { describe, expect, it } from 'vitest';
import { ByteProgress } from '../../src/cli/commands/segments/progress.ts';
import type { Io } from '../../src/cli/io.ts';

/** What a run of ten seconds over 1 GB writes to stderr; looked at every 100 ms. */
function tenSeconds(errIsTty: boolean): string[] {
  const written: string[] = [];
  let now = 0;
  const io: Pick<Io, 'err' | 'errIsTty' | 'now'> = {
    err: (text) => void written.push(text),
    errIsTty,
    now: () => now,
  };
  const progress = new ByteProgress(io, 1e9);
  for (; now < 10_000; now += 100) progress.update(now * 1e5);
  progress.end();
  return written;
}

describe('the progress of reading files', () => {
  it('says nothing where stderr is no terminal', () => {
    expect(tenSeconds(false)).toEqual([]);
  });

  it('tells bytes, rate and time left once a second has passed, and wipes its line at the end', () => {
    const written = tenSeconds(true);
    expect(written[0]).toBe('\r\u001b[K10 %  100 MB of 1.0 GB, 100 MB/s, 9 s left');
    expect(written.at(-2)).toBe('\r\u001b[K98 %  980 MB of 1.0 GB, 100 MB/s, 1 s left');
    expect(written.at(-1)).toBe('\r\u001b[K');
    // Five times a second, from the second one on.
    expect(written).toHaveLength(9 * 5 + 1);
  });

  it('does not promise an end where nothing has been read yet', () => {
    const written: string[] = [];
    let now = 0;
    const progress = new ByteProgress({ err: (text) => void written.push(text), errIsTty: true, now: () => now }, 1e9);
    now = 5000;
    progress.update(0);
    expect(written).toEqual(['\r\u001b[K0 %  0 B of 1.0 GB, 0 B/s']);
  });

  it('is not shown for what is over within a second', () => {
    const written: string[] = [];
    let now = 0;
    const progress = new ByteProgress({ err: (text) => void written.push(text), errIsTty: true, now: () => now }, 1e9);
    now = 999;
    progress.update(1e9);
    progress.end();
    expect(written).toEqual([]);
  });
});
