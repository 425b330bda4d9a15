import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteProgress } from '../../src/cli/commands/segments/progress.ts';
import type { Io } from '../../src/cli/io.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { runCli } from './run-cli.ts';

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

describe('every command that reads logs', () => {
  let place = '';
  let log = '';
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'kmedic-progress-'));
    log = join(place, '__consumer_offsets-0');
    mkdirSync(log);
    const batches = Array.from({ length: 40 }, (_, baseOffset) =>
      encodeBatch({ baseOffset, records: [{ key: 'k', value: Buffer.alloc(1024 * 1024), timestamp: 1 }] }),
    );
    writeFileSync(join(log, '00000000000000000000.log'), Buffer.concat(batches));
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each([
    ['dump', () => [log, '--tail', '1', '-o', 'json']],
    ['verify', () => [log]],
    ['stats', () => [log, '--deep']],
    ['groups', () => [log]],
    ['diff', () => [log, log]],
    ['find', () => [log, '--key', 'none']],
    ['salvage', () => [log, join(place, 'salvaged')]],
  ])('segments %s tells how far it is', async (command, args) => {
    let now = 0;
    const { err } = await runCli(['segments', command, ...args()], {
      columns: 100,
      now: () => {
        now += 1200;
        return now;
      },
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what wipes a line of a terminal
    expect(err).toMatch(/\r\u001b\[K\d+ % {2}[\d.]+ MB of (41|42|83|84)\.\d MB, .*\/s, \d+ s left\r\u001b\[K/);
  });
});
