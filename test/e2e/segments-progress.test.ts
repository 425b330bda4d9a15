import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { spawn as spawnPty } from '@lydell/node-pty';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeBatch } from '../../src/records/index.ts';
import { BIN } from './run-bin.ts';

let place = '';
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-progress-'));
  mkdirSync(join(place, 't-0'));
  const batches = Array.from({ length: 16 }, (_, baseOffset) =>
    encodeBatch({ baseOffset, records: [{ value: Buffer.alloc(1024 * 1024, 'x'), timestamp: 1 }] }),
  );
  writeFileSync(join(place, 't-0', '00000000000000000000.log'), Buffer.concat(batches));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** What a terminal shows of a shell's line. */
function onTerminal(line: string): Promise<string> {
  return new Promise((resolve) => {
    let seen = '';
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TERM: 'xterm' };
    const shell = spawnPty('/bin/sh', ['-c', line], { env, cols: 80, rows: 24 });
    shell.onData((text) => {
      seen += text;
    });
    shell.onExit(() => resolve(seen));
  });
}

it('progress is told on a terminal once a second has passed and wiped at the end', async () => {
  const dump = `'${process.execPath}' '${BIN}' segments dump '${join(place, 't-0')}' --records -o ndjson`;
  // The reader takes its time as soon as the first bytes have come: that is when the second has long begun.
  const slowly = '{ head -c 1 >/dev/null; sleep 1.2; cat >/dev/null; }';
  const told = await onTerminal(`${dump} | ${slowly}`);
  // It is wiped before records are written, too: twice where the next line comes only after them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what wipes a line of a terminal
  expect(told).toMatch(/^((\r\u001b\[K)+\d+ % {2}[\d.]+ MB of 16\.8 MB, [\d.]+ [KM]B\/s, \d+ s left)+\r\u001b\[K$/);
});
