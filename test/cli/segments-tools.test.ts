import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { segmentsDocumentSchema } from '../../src/segments/document.ts';
import { KAFKA_2, KAFKA_4 } from '../segments/fixtures.ts';
import { runCli } from './run-cli.ts';

const LOG = '00000000000000000000.log';
let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-segments-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function copy(name: string, as = name): string {
  const directory = join(place, as);
  cpSync(join(KAFKA_4, name), directory, { recursive: true, filter: (path) => !path.endsWith('.txt') });
  return directory;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}

const json = async (...args: string[]) => {
  const { out, code, err } = await runCli(['segments', ...args, '-o', 'json']);
  return { document: JSON.parse(out), code, err };
};

describe('segments verify', () => {
  it('is sound with exit 0, for a whole log directory', async () => {
    const { code, out } = await runCli(['segments', 'verify', KAFKA_4], { columns: 100 });
    expect(code).toBe(0);
    // What only is a note, an open transaction among them, is counted.
    expect(out).toMatch(/\d\d partitions, 0 corrupt · \d\d notes \(-o csv has all\) · /);
  });

  it('breaks sentences between words on a terminal of 80 columns', async () => {
    const directory = copy('none-0');
    flip(join(directory, LOG), 500);
    const { out } = await runCli(['segments', 'verify', directory], { columns: 80 });
    const lines = out.split('\n').filter((line) => !line.includes(directory));
    expect(lines.length).toBeGreaterThan(6);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(out).toContain('do: where another replica is in sync, stop the broker, move the\n         directory away');
  });

  it('tells where, what it means and what to do, and exits 1', async () => {
    const directory = copy('none-0');
    flip(join(directory, LOG), 500);
    const { code, out } = await runCli(['segments', 'verify', directory], { columns: 120 });
    expect(code).toBe(1);
    expect(out).toContain(`✗ ${directory}: 1 corrupt of 1 finding in 1 segment`);
    expect(out).toMatch(
      /CORRUPT {2}.*00000000000000000000\.log {2}byte 360 {2}offsets 6–11 {2}SEG-02 {2}CRC does not match/,
    );
    expect(out).toContain('kmedic segments salvage');
    expect(out).toContain('✓ the other 5 batches: CRC');
  });

  it('is a document of kind segments', async () => {
    const directory = copy('none-0');
    truncateSync(join(directory, LOG), 2000);
    const { document, code } = await json('verify', directory);
    expect(segmentsDocumentSchema.parse(document).partitions?.[0]).toMatchObject({
      topic: 'none',
      partition: 0,
      sound: false,
    });
    expect(code).toBe(1);
    const dump = await json('dump', directory);
    expect(segmentsDocumentSchema.parse(dump.document).files[0]).toMatchObject({ type: 'log', records: 30 });
  });

  it('spells out control characters in names', async () => {
    const directory = copy('none-0', 'none\u001b[31m-0');
    flip(join(directory, LOG), 500);
    const { out } = await runCli(['segments', 'verify', directory], { columns: 200 });
    expect(out).not.toContain('\u001b');
    expect(out).toContain('none\\x1b[31m-0');
  });
});

describe('segments find', () => {
  it('finds offsets across segments, and the next one where there is none', async () => {
    for (const offset of [0, 7, 8, 23, 31]) {
      const { document } = await json('find', join(KAFKA_4, 'rolled-0'), '--offset', `${offset}`);
      expect(document.found[0].record.offset).toBe(offset);
    }
    const compacted = await json('find', join(KAFKA_4, 'compacted-0'), '--offset', '12');
    expect(compacted.document.found[0].record.offset).toBe(16);
    const beyond = await json('find', join(KAFKA_4, 'rolled-0'), '--offset', '32');
    expect([beyond.document.found[0].record, beyond.code]).toEqual([null, 1]);
  });

  it('finds times', async () => {
    const at = async (time: string) =>
      (await json('find', join(KAFKA_4, 'rolled-0'), '--time', time)).document.found[0].record?.offset ?? null;
    expect(await at('1700000064000')).toBe(8);
    expect(await at('1700000064001')).toBe(9);
    expect(await at('2023-11-14T22:13:20')).toBe(0);
    expect(await at('1800000000000')).toBeNull();
  });

  it('does not believe an index that lies', async () => {
    const directory = copy('none-0');
    for (let at = 0; at < 40; at++) {
      flip(join(directory, '00000000000000000000.index'), at);
      const { document } = await json('find', directory, '--offset', '20');
      expect(document.found[0].record.offset).toBe(20);
    }
  });

  it('finds keys and producers', async () => {
    const keys = await runCli(['segments', 'find', join(KAFKA_4, 'none-0'), '--key', 'key-5', '-o', 'ndjson']);
    expect(JSON.parse(keys.out)).toMatchObject({ type: 'record', offset: 5 });
    const producers = await runCli([
      'segments',
      'find',
      join(KAFKA_4, 'transactions-0'),
      '--producer',
      '12',
      '-o',
      'ndjson',
    ]);
    const rows = producers.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.length).toBeGreaterThan(2);
    expect(new Set(rows.map(({ producerId }) => producerId))).toEqual(new Set([12]));
  });

  it('wants exactly one thing', async () => {
    expect((await runCli(['segments', 'find', KAFKA_4])).code).toBe(2);
    expect((await runCli(['segments', 'find', KAFKA_4, '--offset', '1', '--key', 'k'])).code).toBe(2);
  });
});

describe('segments diff', () => {
  it('sees no difference between a partition and its copy, whatever retention and lag left', async () => {
    const directory = copy('rolled-0');
    rmSync(join(directory, LOG));
    truncateSync(join(directory, '00000000000000000024.log'), 164);
    const { code, document } = await json('diff', join(KAFKA_4, 'rolled-0'), directory);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      total: 0,
      left: { startOffset: 0, endOffset: 32 },
      right: { startOffset: 8, endOffset: 26 },
    });
  });

  it('names the first offset that differs, and how', async () => {
    const directory = copy('none-0');
    flip(join(directory, LOG), 1200);
    const { code, document } = await json('diff', join(KAFKA_4, 'none-0'), directory);
    expect(code).toBe(1);
    expect(document.differences).toMatchObject([{ kind: 'damaged-right', offset: 18 }]);
  });

  it('tells a leader epoch that differs', async () => {
    const directory = copy('none-0');
    const bytes = readFileSync(join(directory, LOG));
    bytes.writeInt32BE(5, 723 + 12);
    writeFileSync(join(directory, LOG), bytes);
    const { document } = await json('diff', join(KAFKA_4, 'none-0'), directory);
    expect(document.differences).toMatchObject([
      { kind: 'epoch', offset: 12, left: { leaderEpoch: 0 }, right: { leaderEpoch: 5 } },
    ]);
  });
});

describe('segments salvage', () => {
  it('copies what is sound, names what is lost, and the copy is sound', async () => {
    const source = copy('none-0');
    flip(join(source, LOG), 500);
    const before = readFileSync(join(source, LOG));
    const target = join(place, 'new', 'none-0');
    const { code, document } = await json('salvage', source, target);
    expect(code).toBe(5);
    expect(document.partitions[0]).toMatchObject({
      batches: 5,
      records: 30,
      firstOffset: 0,
      lastOffset: 35,
      lost: [{ from: 6, to: 11 }],
    });
    expect(readFileSync(join(source, LOG)).equals(before)).toBe(true);
    const verify = await json('verify', target, '--deep');
    expect(
      verify.document.files.flatMap(({ findings }: { findings: { code: string }[] }) =>
        findings.map(({ code }) => code),
      ),
    ).toEqual(['SEG-07', 'SEG-11']);
    expect(verify.code).toBe(0);
  });

  it('makes the same partition again where nothing is wrong: logs, transactions, epochs', async () => {
    for (const name of ['rolled-0', 'transactions-0', 'compacted-0', '__cluster_metadata-0', 'large-lz4-0']) {
      const target = join(place, 'copy', name);
      const { code, document } = await json('salvage', join(KAFKA_4, name), target);
      expect([code, document.partitions[0].lost]).toEqual([0, []]);
      for (const file of readdirSync(target).filter((each) => /\.(log|txnindex)$|^partition.metadata$/.test(each))) {
        expect(readFileSync(join(target, file)).equals(readFileSync(join(KAFKA_4, name, file)))).toBe(true);
      }
      expect((await json('verify', target, '--deep')).code).toBe(0);
      expect((await json('diff', join(KAFKA_4, name), target)).document.total).toBe(0);
    }
  });

  it('drops the one batch whose offset is wrong, which no checksum covers, not those behind it', async () => {
    const source = copy('none-0');
    const bytes = readFileSync(join(source, LOG));
    bytes.writeBigInt64BE(5000n, 360);
    writeFileSync(join(source, LOG), bytes);
    const { document } = await json('salvage', source, join(place, 'salvaged'));
    expect(document.partitions[0]).toMatchObject({ batches: 5, lost: [{ from: 6, to: 11 }] });
    bytes.writeBigInt64BE(2n ** 40n, 360);
    writeFileSync(join(source, LOG), bytes);
    const { document: verified } = await json('verify', source);
    const codes = verified.files.flatMap(({ findings }: { findings: { code: string }[] }) =>
      findings.map(({ code }) => code),
    );
    expect(codes).toEqual(['SEG-05']);
  });

  it('salvages old message formats', async () => {
    const target = join(place, 'magic0');
    const { code } = await json('salvage', join(KAFKA_2, 'magic0-gzip-0'), target);
    expect(code).toBe(0);
    expect(readFileSync(join(target, LOG)).equals(readFileSync(join(KAFKA_2, 'magic0-gzip-0', LOG)))).toBe(true);
  });

  it('says where it cannot write, and leaves the source alone', async () => {
    const source = copy('none-0');
    const inFile = join(source, 'partition.metadata', 'below');
    const { code, err } = await runCli(['segments', 'salvage', join(KAFKA_4, 'none-0'), inFile]);
    expect([code, err]).toEqual([4, expect.stringMatching(/partition\.metadata.*\n.*nothing was written/)]);
    const onFile = await runCli(['segments', 'salvage', join(KAFKA_4, 'none-0'), join(source, 'partition.metadata')]);
    expect([onFile.code, onFile.err]).toEqual([4, expect.stringContaining('is no empty directory')]);
  });

  it('refuses to write over something, or into the source', async () => {
    const source = copy('none-0');
    expect((await runCli(['segments', 'salvage', source, source])).code).toBe(4);
    expect((await runCli(['segments', 'salvage', source, join(source, 'inside')])).code).toBe(4);
    expect(statSync(join(source, LOG)).size).toBe(2195);
  });
});
