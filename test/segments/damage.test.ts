import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batches, Compression, encodeBatch, setMaxTimestamp } from '../../src/records/index.ts';
import { dumpLog } from '../../src/segments/dump-log.ts';
import { NO_FILTER } from '../../src/segments/filter.ts';
import { memorySource } from '../../src/segments/source.ts';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_2, KAFKA_4 } from './fixtures.ts';

/* What may lie in a directory that something went wrong with: each thing is told with its place, and the rest is read. */

const LOG = '00000000000000000000.log';
const NOBODY = 65_534;
let place = '';
let partition = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-damage-'));
  chmodSync(place, 0o755);
  partition = join(place, 'none-0');
  cpSync(join(KAFKA_4, 'none-0'), partition, { recursive: true, filter: (path) => !path.endsWith('.txt') });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

interface Told {
  readonly file: string;
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly detail: string }[];
}

async function verify(path: string, ...options: string[]) {
  const { out, code } = await runCli(['segments', 'verify', path, ...options, '-o', 'json']);
  const document: { files: Told[]; partitions: { records: number }[]; errors: { name: string; message: string }[] } =
    JSON.parse(out);
  const told = document.files.flatMap(({ file, findings }) =>
    findings.map(({ code: id, detail }) => `${file.slice(file.lastIndexOf('/') + 1)} ${id} ${detail}`),
  );
  return { told, code, records: document.partitions[0]?.records ?? null, errors: document.errors };
}

/** Every command over the partition: how many of its 36 records each of them got to, and how it ended. */
async function everyCommand() {
  const json = async (...args: string[]) => {
    const { out, code } = await runCli(['segments', ...args, '-o', 'json']);
    return { document: JSON.parse(out), code };
  };
  const dump = await json('dump', partition, '--records');
  const stats = await json('stats', partition, '--deep');
  const find = await json('find', partition, '--offset', '35');
  const diff = await json('diff', partition, join(KAFKA_4, 'none-0'));
  const salvage = await json('salvage', partition, join(place, 'salvaged'));
  return {
    dump: [dump.document.files.reduce((sum: number, { records }: { records: number }) => sum + records, 0), dump.code],
    stats: [stats.document.partitions[0].records, stats.code],
    find: [find.document.found[0].record?.offset, find.code],
    diff: [diff.document.sameBatches, diff.code],
    salvage: [salvage.document.partitions[0].records, salvage.code],
  };
}

describe('what is no file', () => {
  it.each([
    ['a directory', 'EISDIR', (path: string) => mkdirSync(path)],
    ['a named pipe', 'ENOTFILE', (path: string) => execFileSync('mkfifo', [path])],
    ['a device', 'ENOTFILE', (path: string) => symlinkSync('/dev/zero', path)],
    ['a link to nowhere', 'ENOENT', (path: string) => symlinkSync('nowhere', path)],
    ['a link to itself', 'ELOOP', (path: string) => symlinkSync('00000000000000000100.log', path)],
  ] as const)('%s in place of a segment costs that segment', async (_, name, make) => {
    make(join(partition, '00000000000000000100.log'));
    const { told, records, code } = await verify(partition);
    expect(told).toEqual([expect.stringContaining(`00000000000000000100.log SEG-30 ${name}`)]);
    expect([records, code]).toEqual([36, 1]);
    expect(await everyCommand()).toEqual({
      dump: [36, 5],
      stats: [36, 5],
      find: [35, 0],
      diff: [6, 5],
      salvage: [36, 5],
    });
  });

  it.each([['/dev/null'], ['/dev/zero']])('%s is refused', async (path) => {
    for (const command of ['dump', 'verify', 'stats']) {
      const { code, err, out } = await runCli(['segments', command, path]);
      expect([command, code, /not a regular file/.test(`${err}${out}`)]).toEqual([command, 2, true]);
    }
  });

  it('a link that leads back to its directory is told once', async () => {
    symlinkSync('.', join(place, 'loop-0'));
    const { errors, records, code } = await verify(place);
    expect(errors).toMatchObject([{ name: 'ELOOP' }]);
    expect([records, code]).toEqual([36, 5]);
  });

  it('a link to another partition is followed', async () => {
    symlinkSync(partition, join(place, 'linked-0'));
    const { errors, records, code } = await verify(join(place, 'linked-0'));
    expect([errors, records, code]).toEqual([[], 36, 0]);
  });

  it('an empty file, and an empty directory, are sound', async () => {
    mkdirSync(join(place, 'empty-0'));
    for (const suffix of ['log', 'index', 'timeindex'])
      writeFileSync(join(place, 'empty-0', `00000000000000000007.${suffix}`), '');
    mkdirSync(join(place, 'nothing-0'));
    for (const name of ['empty-0', 'nothing-0']) {
      const { told, records, code } = await verify(join(place, name));
      expect([name, told, records, code]).toEqual([name, [], 0, 0]);
      for (const command of ['dump', 'stats', 'groups']) {
        expect([command, (await runCli(['segments', command, join(place, name)])).code]).toEqual([command, 0]);
      }
    }
  });
});

describe('what may not be read', () => {
  /** As a user without rights: root may read everything. */
  async function asNobody<T>(run: () => Promise<T>): Promise<T> {
    // Whatever is loaded lazily is loaded now.
    await run();
    if (process.seteuid === undefined || process.geteuid?.() !== 0) return run();
    process.seteuid(NOBODY);
    try {
      return await run();
    } finally {
      process.seteuid(0);
    }
  }

  it('a file costs itself', async () => {
    const path = join(partition, '00000000000000000100.log');
    writeFileSync(path, 'secret', { mode: 0o000 });
    const { told, records, code } = await asNobody(() => verify(partition));
    expect(told).toEqual([expect.stringContaining('00000000000000000100.log SEG-30 EACCES: permission denied')]);
    expect([records, code]).toEqual([36, 1]);
    const dump = await asNobody(() => runCli(['segments', 'dump', partition]));
    expect([dump.code, dump.err]).toEqual([5, expect.stringContaining(`${path}: permission denied`)]);
  });

  it('an index costs itself, a directory costs itself', async () => {
    chmodSync(join(partition, '00000000000000000000.index'), 0o000);
    cpSync(partition, join(place, 'closed-0'), { recursive: true });
    chmodSync(join(place, 'closed-0'), 0o000);
    const { told, errors, records } = await asNobody(() => verify(place));
    expect(told).toEqual([expect.stringContaining('00000000000000000000.index SEG-30 EACCES')]);
    expect(errors).toMatchObject([{ name: 'EACCES', message: expect.stringContaining('closed-0') }]);
    expect(records).toBe(36);
    // Without its index the offset is found by reading.
    const { code } = await asNobody(() => runCli(['segments', 'find', partition, '--offset', '30']));
    expect(code).toBe(0);
    chmodSync(join(place, 'closed-0'), 0o755);
  });
});

describe('names', () => {
  it('with control characters are spelled out, in every format', async () => {
    const directory = join(place, 'evil\u001b[2J\n\u0007-0');
    cpSync(join(KAFKA_4, 'none-0'), directory, { recursive: true });
    truncateSync(join(directory, LOG), 2000);
    for (const command of ['dump', 'verify', 'stats', 'groups', 'find']) {
      for (const output of ['table', 'csv', 'json']) {
        const options = command === 'find' ? ['--offset', '3'] : [];
        for (const world of [{}, { columns: 200 }]) {
          const { out, err } = await runCli(['segments', command, directory, ...options, '-o', output], world);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect([command, output, /[\u0007]|\u001b\[2J/.test(out + err)]).toEqual([command, output, false]);
        }
      }
    }
  });
});

describe('flipped bits', () => {
  /** What is read of a log in memory: keys of records, and whether something was found. */
  async function read(
    bytes: Buffer,
  ): Promise<{ readonly offsets: readonly number[]; readonly codes: readonly string[] }> {
    const offsets: number[] = [];
    const codes: string[] = [];
    await dumpLog(
      memorySource(bytes),
      { filter: NO_FILTER, crc: true },
      { record: ({ offset }) => offsets.push(offset) > 0, finding: ({ code }) => codes.push(code) },
    );
    return { offsets, codes };
  }

  it.each([
    ['v2', join(KAFKA_4, 'none-0', LOG), 3, [0, 6, 12, 18]],
    ['v2, compressed', join(KAFKA_4, 'zstd-0', LOG), 3, [0, 6, 12, 18]],
    ['v1', join(KAFKA_2, 'magic1-none-0', LOG), 5, [0, 1, 2, 3, 4, 5]],
    ['v0, compressed', join(KAFKA_2, 'magic0-gzip-0', LOG), 3, [0, 6, 12, 18]],
  ] as const)(
    'every bit of three batches of %s: told, and the other batches are read',
    async (_, path, count, firsts) => {
      const whole = readFileSync(path);
      const spans = [...batches(whole)].slice(0, count);
      const bytes = whole.subarray(0, (spans.at(-1)?.position ?? 0) + (spans.at(-1)?.size ?? 0));
      const all = (await read(Buffer.from(bytes))).offsets;
      expect(all).toHaveLength(firsts[count] ?? 0);
      for (const [index, { position, size, magic }] of spans.entries()) {
        const others = all.filter((offset) => offset < (firsts[index] ?? 0) || offset >= (firsts[index + 1] ?? 0));
        for (let at = position; at < position + size; at++) {
          // Outside the checksum: where the batch lies in the log, and its leader's epoch. `verify` holds these against the others.
          if (at < position + 8 || (magic === 2 && at >= position + 12 && at < position + 16)) continue;
          for (let bit = 0; bit < 8; bit++) {
            bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
            const { offsets, codes } = await read(bytes);
            bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
            if (codes.length === 0 || offsets.join() !== others.join()) {
              expect([at, bit, codes, offsets]).toEqual([at, bit, [expect.any(String)], others]);
            }
          }
        }
      }
    },
  );

  it('every bit of an offset and of an epoch, which no checksum covers', async () => {
    const path = join(partition, LOG);
    const bytes = readFileSync(path);
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15].map((byte) => 1091 + byte)) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        writeFileSync(path, flipped);
        const { told } = await verify(partition);
        expect([at, bit, told.length > 0]).toEqual([at, bit, true]);
      }
    }
  });
});

describe('what is too large', () => {
  /** 4 GB of zeros in 160 KB: RLE blocks of a zstd frame. */
  function zstdBomb(): Buffer {
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
    const block = (last: boolean): Buffer => {
      const head = Buffer.alloc(4);
      head.writeUIntLE((131_072 << 3) | 2 | (last ? 1 : 0), 0, 3);
      return head;
    };
    return Buffer.concat([header, ...Array.from({ length: 40_000 }, (_, i) => block(i === 39_999))]);
  }

  /** A batch that says it is compressed with `codec`, and holds these bytes. */
  function sealed(codec: number, bytes: Buffer): Buffer {
    const empty = encodeBatch({ records: [{ value: '', timestamp: 1 }] });
    const batch = Buffer.concat([empty.subarray(0, 61), bytes]);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt16BE(codec, 21);
    setMaxTimestamp(batch, 0, 'CreateTime', 2);
    return batch;
  }

  const zeros = (codec: number): Buffer =>
    encodeBatch({ compression: codec, records: [{ value: Buffer.alloc(135_000_000), timestamp: 1 }] });

  it.each([
    ['gzip', () => zeros(Compression.gzip)],
    ['lz4', () => zeros(Compression.lz4)],
    ['snappy', () => zeros(Compression.snappy)],
    ['zstd', () => sealed(Compression.zstd, zstdBomb())],
    ['snappy that promises 4 GB', () => sealed(Compression.snappy, Buffer.from('ffffffff0f00', 'hex'))],
  ] as const)('a bomb in %s is one finding, and what lies behind it is read', async (_, make) => {
    const directory = join(place, 'bomb-0');
    mkdirSync(directory);
    const after = encodeBatch({ baseOffset: 1, records: [{ value: 'after', timestamp: 3 }] });
    writeFileSync(join(directory, LOG), Buffer.concat([make(), after]));
    writeFileSync(join(directory, '00000000000000000000.index'), '');
    writeFileSync(join(directory, '00000000000000000000.timeindex'), '');
    const { told, code } = await verify(directory, '--deep');
    expect([told, code]).toEqual([[expect.stringMatching(/SEG-09 .*(grows beyond|cannot hold)/)], 1]);
    const { out } = await runCli(['segments', 'dump', directory, '--records', '-o', 'csv']);
    expect(out).toContain(',after');
    // The checksum fits: without --deep nothing is decompressed.
    expect((await verify(directory)).told).toEqual([]);
  });

  it('a length beyond the file, below nothing, or of 2 GB costs one batch', async () => {
    for (const length of [0x7fff_ffff, -1, -0x8000_0000, 0, 13, 100_000]) {
      const path = join(partition, LOG);
      const bytes = readFileSync(join(KAFKA_4, 'none-0', LOG));
      bytes.writeInt32BE(length, 360 + 8);
      writeFileSync(path, bytes);
      const { told, records } = await verify(partition);
      expect([length, records, told]).toEqual([length, 30, [expect.stringMatching(/^0+\.log SEG-0[23] /)]]);
    }
  });

  it('a hole of a gigabyte in a sparse file is one finding', async () => {
    const path = join(partition, LOG);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, 1091));
    truncateSync(path, 2 ** 30);
    appendFileSync(path, bytes.subarray(1091));
    const { told, records } = await verify(partition);
    expect(records).toBe(36);
    expect(told[0]).toContain(`SEG-04 zeros; ${2 ** 30 - 1091} bytes`);
  });

  it('an index of 300 MB is not taken into memory', async () => {
    truncateSync(join(partition, '00000000000000000000.index'), 300 * 1024 * 1024);
    const { told, records } = await verify(partition);
    expect([told, records]).toEqual([[expect.stringContaining('00000000000000000000.index SEG-30 EFBIG')], 36]);
  });
});
