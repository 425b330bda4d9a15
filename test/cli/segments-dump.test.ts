import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../src/render/width.ts';
import { damagedCopy } from '../segments/damaged.ts';
import { KAFKA_4, toolSections } from '../segments/fixtures.ts';
import { runCli } from './run-cli.ts';

const LOG = '00000000000000000000.log';
const none = join(KAFKA_4, 'none-0', LOG);

describe('segments dump', () => {
  it('shows the batches of a partition as a table on a pipe', async () => {
    const { code, out, err } = await runCli(['segments', 'dump', join(KAFKA_4, 'none-0')]);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^BASE OFFSET {2}LAST OFFSET {2}RECORDS {2}TIMESTAMP/);
    expect(lines).toHaveLength(7);
    expect(lines[1]).toMatch(/^ +0 +5 +6 {2}2023-11-14T22:13:24.000Z {2}none +360 +0 +0 +0 +0 {2}- +ok$/);
    expect([code, err]).toEqual([0, '']);
  });

  it('shows records, with headers, in a range of offsets', async () => {
    const args = ['segments', 'dump', none, '--records', '--headers', '--offsets', '5..6', '-o', 'ndjson'];
    const { out } = await runCli(args);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => [row.offset, row.key])).toEqual([
      [5, 'key-5'],
      [6, 'key-6'],
    ]);
    expect(rows[1].headers).toEqual([
      { key: 'h0', value: expect.anything() },
      { key: 'h1', value: null },
      { key: 'h0', value: expect.anything() },
    ]);
  });

  it('finds the same records by index as without it', async () => {
    for (const offset of [0, 11, 12, 35]) {
      const { out } = await runCli(['segments', 'dump', none, '--records', '--offsets', `${offset}`, '-o', 'ndjson']);
      expect(JSON.parse(out).offset).toBe(offset);
    }
  });

  it('filters by key, text, time and producer', async () => {
    const offsets = async (...args: string[]): Promise<number[]> => {
      const { out } = await runCli(['segments', 'dump', none, '--records', '-o', 'ndjson', ...args]);
      return out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).offset);
    };
    expect(await offsets('--key', 'key-5')).toEqual([5]);
    expect(await offsets('--key', '0x6b65792d35')).toEqual([5]);
    expect(await offsets('--grep', '^value 1[12] ')).toEqual([11, 12]);
    expect(await offsets('--time', '1700000003000..1700000004000')).toEqual([3, 4]);
    expect(await offsets('--producer', '99')).toEqual([]);
    expect(await offsets('--limit', '2')).toEqual([0, 1]);
    expect(await offsets('--tail', '2')).toEqual([34, 35]);
  });

  it('shows the batches of a time: those that begin in it, and those that reach into it', async () => {
    const dump = async (range: string) =>
      (await runCli(['segments', 'dump', none, '--time', range, '-o', 'csv'])).out
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.split(',')[1]));
    expect(await dump('2023-11-14T22:13:30Z..2023-11-14T22:13:36Z')).toEqual([6, 12]);
    expect(await dump('..2023-11-14T22:13:31Z')).toEqual([0, 6]);
    expect(await dump('2023-11-14T22:13:50Z..')).toEqual([30]);
  });

  it('decodes __consumer_offsets by the name of its directory', async () => {
    const { out } = await runCli([
      'segments',
      'dump',
      join(KAFKA_4, '__consumer_offsets-3'),
      '--records',
      '-o',
      'ndjson',
    ]);
    const [first, , deleted] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first.decoded).toMatchObject({
      kind: 'OffsetCommit',
      key: { group: 'group-a', topic: 'gzip', partition: 0 },
      value: { offset: 3 },
    });
    expect(deleted.decoded).toMatchObject({ kind: 'OffsetCommit', version: null, value: null });
  });

  it('is one document with -o json', async () => {
    const { out } = await runCli(['segments', 'dump', join(KAFKA_4, 'rolled-0'), '-o', 'json']);
    const document = JSON.parse(out);
    expect(document).toMatchObject({ kind: 'segments', version: 1, errors: [] });
    expect(document.files.map((file: { firstOffset: number }) => file.firstOffset)).toEqual([0, 8, 16, 24]);
    expect(document.files[0]).toMatchObject({ type: 'log', bytes: 640, records: 8, lastOffset: 7, findings: [] });
  });

  it('writes CSV with one header for all files', async () => {
    const { out } = await runCli(['segments', 'dump', join(KAFKA_4, 'rolled-0'), '-o', 'csv']);
    const lines = out.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('file,base_offset'))).toHaveLength(1);
    expect(new Set(lines.slice(1).map((line) => line.split(',')[0])).size).toBe(4);
  });

  it('takes the options of kafka-dump-log and prints what it prints', async () => {
    const dump = readFileSync(join(KAFKA_4, 'none-0', 'dump-00000000000000000000.txt'), 'utf8');
    const { out } = await runCli(['segments', 'dump', '--files', none, '--print-data-log', '--deep-iteration']);
    expect(out).toBe(`Dumping ${none}\n${dump}`);
    const offsets = join(KAFKA_4, '__consumer_offsets-3', LOG);
    const decoded = await runCli(['segments', 'dump', '--files', offsets, '--offsets-decoder']);
    expect(decoded.out).toBe(`Dumping ${offsets}\n${toolSections('offsets').get(`__consumer_offsets-3/${LOG}`)}`);
  });

  it.each([...toolSections('side')].filter(([, text]) => text !== ''))(
    'prints %s as Kafka does',
    async (file, text) => {
      const path = join(KAFKA_4, file);
      const { out } = await runCli(['segments', 'dump', '--files', path]);
      expect(out).toBe(`Dumping ${path}\n${text.replaceAll(file, path)}`);
    },
  );

  it('reads what Kafka has no tool for', async () => {
    const files = [
      'none-0/leader-epoch-checkpoint',
      'none-0/partition.metadata',
      'meta.properties',
      'recovery-point-offset-checkpoint',
      '__cluster_metadata-0/quorum-state',
    ];
    const { out, code } = await runCli(['segments', 'dump', ...files.map((file) => join(KAFKA_4, file)), '-o', 'json']);
    const entries = JSON.parse(out).files.map((file: { entries: unknown[] }) => file.entries[0]);
    expect(code).toBe(0);
    expect(entries).toContainEqual({ type: 'leader-epoch-checkpoint', epoch: 0, startOffset: 0 });
    expect(entries).toContainEqual({ type: 'partition-metadata', topicId: expect.stringMatching(/^[\w-]{22}$/) });
    expect(entries).toContainEqual(expect.objectContaining({ type: 'meta-properties', nodeId: 1 }));
    expect(entries).toContainEqual(expect.objectContaining({ type: 'offset-checkpoint', topic: expect.anything() }));
    expect(entries).toContainEqual(expect.objectContaining({ type: 'quorum-state', leaderId: expect.any(Number) }));
  });

  it('never shows a record of a batch whose checksum fails, and goes on behind it', async () => {
    const { path, remove } = damagedCopy(none, (bytes) => {
      bytes[500] = (bytes[500] ?? 0) ^ 1;
      return bytes;
    });
    const { code, out, err } = await runCli(['segments', 'dump', path, '--records', '-o', 'ndjson']);
    remove();
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(rows.filter((row) => row.type === 'record').map((row) => row.offset)).toEqual([
      0,
      1,
      2,
      3,
      4,
      5,
      ...Array.from({ length: 24 }, (_, i) => 12 + i),
    ]);
    expect(rows.find((row) => row.type === 'finding')).toMatchObject({ code: 'SEG-02', position: 360, length: 363 });
    expect(err).toBe('');
  });

  it('tells each file that cannot be read, and reads the others', async () => {
    const { code, err, out } = await runCli(['segments', 'dump', join(KAFKA_4, 'no-such'), none]);
    expect(err).toContain('no such file or directory');
    expect(out).toContain('BASE OFFSET');
    expect(code).toBe(5);
    expect((await runCli(['segments', 'dump', join(KAFKA_4, 'no-such')])).code).toBe(2);
  });

  it('spells out control characters on a terminal, and cuts long values there', async () => {
    const { out } = await runCli(['segments', 'dump', join(KAFKA_4, 'large-gzip-0'), '--records'], { columns: 100 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect(out).toContain('…');
  });

  it.each([
    ['batches', [join(KAFKA_4, 'transactions-0')]],
    ['files beside a log', [join(KAFKA_4, 'none-0'), '--side-files']],
    ['records', [join(KAFKA_4, '__consumer_offsets-0'), '--records', '--headers']],
  ])('fits a terminal of 80 columns: %s', async (what, args) => {
    const { out } = await runCli(['segments', 'dump', ...args], { columns: 80 });
    // Names of files are titles, and whole.
    const rows = out
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith(KAFKA_4));
    const last = what === 'records' ? '' : (rows.pop() ?? '');
    expect(rows.filter((line) => displayWidth(line) > 80)).toEqual([]);
    // What is left out is said, and what is most useful stays.
    if (what !== 'records') expect(last).toMatch(/^not shown at 80 columns: .*\(-o wide shows all\)$/);
    if (what === 'records') expect(out).toMatch(/OffsetCommit \{"g.*… {2}\{"offset.*…$/m);
    if (what === 'batches')
      expect(out).toMatch(/^BASE OFFSET {2}LAST OFFSET {2}RECORDS {2}TIMESTAMP +POSITION {2}CRC$/m);
  });

  it('writes what is binary as hex, or as base64 in JSON, also where it would pass for UTF-8', async () => {
    const offsets = join(KAFKA_4, '__consumer_offsets-1');
    const args = ['segments', 'dump', offsets, '--records', '--decoder', 'none', '--limit', '1'];
    expect((await runCli([...args, '-o', 'csv'])).out).toMatch(/,0x0001001374.*,0x0004/);
    const [line = ''] = (await runCli([...args, '-o', 'ndjson'])).out.split('\n');
    expect(JSON.parse(line)).toMatchObject({
      key: { base64: expect.any(String) },
      value: { base64: expect.any(String) },
    });
  });

  it('says what is wrong with a call', async () => {
    for (const args of [
      [],
      [none, '--offsets', 'x'],
      [none, '--time', 'y..'],
      [none, '--grep', '('],
      [none, '--limit', '1', '--tail', '1'],
    ]) {
      expect((await runCli(['segments', 'dump', ...args])).code).toBe(2);
    }
  });

  it("does not end at a record without a key, as Kafka's tool does with --offsets-decoder", async () => {
    const { out, code } = await runCli(['segments', 'dump', '--files', none, '--offsets-decoder']);
    expect(code).toBe(0);
    expect(out.match(/^\| offset: /gm)).toHaveLength(36);
    expect(out).toContain('Error at offset 1, skipping.');
  });

  it('goes on with the next file behind one that is nothing but damage', async () => {
    const { path, remove } = damagedCopy(none, () => Buffer.from('this is no log, whatever its name says'));
    const { out, code } = await runCli(['segments', 'dump', path, none, '-o', 'json']);
    remove();
    const document = JSON.parse(out);
    expect(code).toBe(1);
    expect(document.files.map(({ records }: { records: number }) => records).sort()).toEqual([0, 36]);
  });

  it('prints the schema of its document', async () => {
    const { out } = await runCli(['schema', 'segments']);
    expect(JSON.parse(out).properties.kind).toMatchObject({ const: 'segments' });
  });
});
