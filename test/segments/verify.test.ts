import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeProducerSnapshot } from '../../src/log/producer-snapshot.ts';
import { encodeBatch } from '../../src/records/index.ts';
import type { Finding } from '../../src/segments/findings.ts';
import { locate } from '../../src/segments/locate.ts';
import {
  type PartitionReport,
  partitionsToVerify,
  verifyPartition,
  verifyRoot,
} from '../../src/segments/verify/verify.ts';
import { KAFKA_4, LOG_DIRECTORIES } from './fixtures.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const LOG = '00000000000000000000.log';
const places: string[] = [];
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});

/** A copy of a partition's directory, changed. */
function copyOf(name: string, change: (file: (name: string) => string) => void, root = KAFKA_4): string {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-verify-'));
  places.push(place);
  const directory = join(place, name);
  cpSync(join(root, name), directory, { recursive: true, filter: (path) => !path.endsWith('.txt') });
  change((file) => join(directory, file));
  return directory;
}

/** A partition made of batches. */
function made(name: string, batches: readonly Buffer[], base = 0): string {
  const place = mkdtempSync(join(tmpdir(), 'kmedic-verify-'));
  places.push(place);
  mkdirSync(join(place, name));
  const stem = join(place, name, String(base).padStart(20, '0'));
  writeFileSync(`${stem}.log`, Buffer.concat(batches));
  writeFileSync(`${stem}.index`, '');
  writeFileSync(`${stem}.timeindex`, '');
  return join(place, name);
}

function edit(path: string, change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(path);
  writeFileSync(path, change(bytes) ?? bytes);
}

function flip(path: string, at: number): void {
  edit(path, (bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    return bytes;
  });
}

async function verify(directory: string, deep = false): Promise<PartitionReport> {
  const [partition] = partitionsToVerify(locate([directory]));
  if (partition === undefined) throw new Error(`no partition in ${directory}`);
  return verifyPartition(partition, { deep, now: NOW, pause: async () => true });
}

async function codes(directory: string, deep = false): Promise<string[]> {
  const { findings } = await verify(directory, deep);
  return findings.map(({ code, severity }) => `${code} ${severity}`);
}

const only = (findings: readonly Finding[]): Finding => {
  expect(findings).toHaveLength(1);
  return findings[0] as Finding;
};

describe('segments verify', () => {
  it.each(LOG_DIRECTORIES)('finds everything sound that Apache Kafka wrote: %s', async (root) => {
    const located = locate([root]);
    expect(located.roots.map(verifyRoot).flatMap(({ findings }) => findings)).toEqual([]);
    const partitions = partitionsToVerify(located);
    expect(partitions.length).toBeGreaterThan(8);
    for (const partition of partitions) {
      const report = await verifyPartition(partition, { deep: true, now: NOW, pause: async () => true });
      const expected = report.topic === 'open-transaction' ? ['SEG-14'] : [];
      expect(report.findings.map(({ code }) => code).filter((code) => code !== 'SEG-33')).toEqual(expected);
      expect(report.batches).toBeGreaterThan(0);
    }
  });

  it('counts transactions and knows the traces of compaction', async () => {
    expect(await verify(join(KAFKA_4, 'transactions-0'))).toMatchObject({
      committed: 2,
      aborted: 2,
      open: 0,
      compacted: false,
    });
    expect(await verify(join(KAFKA_4, 'compacted-0'))).toMatchObject({ compacted: true, records: 7 });
  });

  it('names the place of a flipped bit, and reads on behind it', async () => {
    const report = await verify(copyOf('none-0', (file) => flip(file(LOG), 500)));
    expect(only(report.findings)).toMatchObject({ code: 'SEG-02', position: 360, length: 363, offsets: [6, 11] });
    expect([report.batches, report.badBatches]).toEqual([6, 1]);
  });

  it('finds the next batch behind a destroyed length, whichever way it is wrong', async () => {
    for (const byte of [8, 9, 10, 11]) {
      for (const bit of [0x01, 0x10, 0x80]) {
        const directory = copyOf('none-0', (file) =>
          edit(file(LOG), (bytes) => {
            bytes[360 + byte] = (bytes[360 + byte] ?? 0) ^ bit;
            return bytes;
          }),
        );
        const report = await verify(directory);
        const [first] = report.findings;
        expect(report.findings.every(({ position }) => position === 360)).toBe(true);
        expect(['SEG-02', 'SEG-03']).toContain(first?.code);
        expect(report.records).toBe(30);
      }
    }
  });

  it('finds a torn tail, zeros behind the end, a hole, a format that does not exist', async () => {
    const torn = await verify(copyOf('none-0', (file) => truncateSync(file(LOG), 2000)));
    expect(only(torn.findings)).toMatchObject({ code: 'SEG-01', position: 1827, length: 173 });
    const zeros = await verify(
      copyOf('none-0', (file) => edit(file(LOG), (bytes) => Buffer.concat([bytes, Buffer.alloc(4096)]))),
    );
    expect(only(zeros.findings)).toMatchObject({ code: 'SEG-04', position: 2195, length: 4096 });
    const hole = await verify(copyOf('none-0', (file) => edit(file(LOG), (bytes) => bytes.fill(0, 360, 723))));
    expect(only(hole.findings)).toMatchObject({ code: 'SEG-04', position: 360, length: 363 });
    const magic = await verify(copyOf('none-0', (file) => edit(file(LOG), (bytes) => bytes.fill(7, 376, 377))));
    expect(only(magic.findings)).toMatchObject({ code: 'SEG-03', position: 360, length: 363 });
  });

  it('takes a tail for unfinished when the broker was not stopped in order', async () => {
    const directory = copyOf('none-0', (file) => truncateSync(file(LOG), 1900));
    copyFileSync(join(KAFKA_4, 'meta.properties'), join(directory, '..', 'meta.properties'));
    expect((await codes(directory))[0]).toBe('SEG-01 warning');
    writeFileSync(join(directory, '..', '.kafka_cleanshutdown'), '');
    expect((await codes(directory))[0]).toBe('SEG-01 corrupt');
  });

  it('compares every index entry with the log', async () => {
    expect(await codes(copyOf('none-0', (file) => flip(file('00000000000000000000.index'), 11)))).toEqual([
      'SEG-16 corrupt',
    ]);
    expect(await codes(copyOf('none-0', (file) => flip(file('00000000000000000000.index'), 15)))).toEqual([
      'SEG-16 corrupt',
    ]);
    expect(await codes(copyOf('none-0', (file) => flip(file('00000000000000000000.timeindex'), 7)))).toEqual([
      'SEG-19 corrupt',
    ]);
    expect(await codes(copyOf('none-0', (file) => truncateSync(file('00000000000000000000.index'), 11)))).toEqual([
      'SEG-17 corrupt',
    ]);
    expect(
      await codes(
        copyOf('none-0', (file) =>
          edit(file('00000000000000000000.index'), (bytes) => Buffer.concat([bytes, Buffer.alloc(800)])),
        ),
      ),
    ).toEqual(['SEG-18 note']);
    expect(await codes(copyOf('none-0', (file) => rmSync(file('00000000000000000000.timeindex'))))).toEqual([
      'SEG-27 warning',
    ]);
    expect(await codes(copyOf('transactions-0', (file) => flip(file('00000000000000000003.txnindex'), 17)))).toContain(
      'SEG-20 corrupt',
    );
    expect(await codes(copyOf('transactions-0', (file) => rmSync(file('00000000000000000003.txnindex'))))).toEqual([
      'SEG-20 corrupt',
      'SEG-20 corrupt',
    ]);
  });

  it('compares snapshots and leader epochs with the log', async () => {
    expect(await codes(copyOf('none-0', (file) => flip(file('00000000000000000036.snapshot'), 20)))).toEqual([
      'SEG-21 corrupt',
    ]);
    const other = {
      producerId: 0,
      producerEpoch: 0,
      lastSequence: 99,
      lastOffset: 35,
      offsetDelta: 5,
      timestamp: 0,
      coordinatorEpoch: -1,
      currentTxnFirstOffset: -1,
    };
    expect(
      await codes(
        copyOf('none-0', (file) =>
          writeFileSync(file('00000000000000000036.snapshot'), encodeProducerSnapshot([other])),
        ),
      ),
    ).toEqual(['SEG-22 warning']);
    expect(
      await codes(copyOf('none-0', (file) => writeFileSync(file('leader-epoch-checkpoint'), '0\n1\n3 0\n'))),
    ).toEqual(['SEG-23 warning']);
    expect(
      await codes(copyOf('none-0', (file) => writeFileSync(file('leader-epoch-checkpoint'), '0\n2\n0 0\n1 99\n'))),
    ).toEqual(['SEG-23 warning']);
    expect(
      await codes(copyOf('none-0', (file) => writeFileSync(file('leader-epoch-checkpoint'), '0\n2\n0 0\n'))),
    ).toEqual(['SEG-24 corrupt']);
    expect(await codes(copyOf('none-0', (file) => writeFileSync(file('partition.metadata'), 'version: 0')))).toEqual([
      'SEG-26 corrupt',
    ]);
  });

  it('holds offsets, epochs and sequences against each other', async () => {
    const batch = (baseOffset: number, more: object = {}): Buffer =>
      encodeBatch({ baseOffset, records: [{ value: 'v', timestamp: NOW - 1000 }], ...more });
    expect(await codes(made('t-0', [batch(0), batch(1), batch(1)]))).toEqual(['SEG-05 corrupt']);
    expect(await codes(made('t-0', [batch(0), batch(5)]))).toEqual(['SEG-07 warning']);
    expect(await codes(made('__consumer_offsets-0', [batch(0), batch(5)]))).toEqual([]);
    expect(await codes(made('t-0', [batch(3)], 5))).toEqual(['SEG-06 corrupt']);
    expect(
      await codes(made('t-0', [batch(0, { partitionLeaderEpoch: 4 }), batch(1, { partitionLeaderEpoch: 3 })])),
    ).toEqual(['SEG-13 corrupt']);
    const producer = { producerId: 7, producerEpoch: 1 };
    expect(
      await codes(
        made('t-0', [batch(0, { ...producer, baseSequence: 0 }), batch(1, { ...producer, baseSequence: 5 })]),
      ),
    ).toEqual(['SEG-11 warning']);
    expect(
      await codes(
        made('t-0', [batch(0, { ...producer, baseSequence: 5 }), batch(1, { ...producer, baseSequence: 5 })]),
      ),
    ).toEqual(['SEG-12 corrupt']);
    // The group coordinator commits in the producer's name, and does not count.
    const commits = [batch(0, { ...producer, baseSequence: 0 }), batch(1, { ...producer, baseSequence: 0 })];
    expect(await codes(made('__consumer_offsets-0', commits))).toEqual([]);
    expect(
      await codes(
        made('t-0', [
          batch(0, { ...producer, baseSequence: 5 }),
          batch(1, { ...producer, producerEpoch: 0, baseSequence: 6 }),
        ]),
      ),
    ).toEqual(['SEG-12 corrupt']);
    expect(
      await codes(
        made('t-0', [batch(0, { ...producer, baseSequence: 2 ** 31 - 1 }), batch(1, { ...producer, baseSequence: 0 })]),
      ),
    ).toEqual([]);
    expect(await codes(made('t-0', [batch(0, { ...producer, baseSequence: 0, isTransactional: true })]))).toEqual([
      'SEG-14 note',
    ]);
    // A later batch before it says nothing: clients choose their timestamps.
    const early = encodeBatch({ records: [{ value: 'v', timestamp: NOW + 3_600_000 }] });
    expect(
      await codes(made('t-0', [early, batch(1, { ...producer, baseSequence: 0, isTransactional: true })])),
    ).toEqual(['SEG-14 note']);
    const late = encodeBatch({ baseOffset: 1, records: [{ value: 'v', timestamp: NOW + 3_600_000 }] });
    expect(await codes(made('t-0', [batch(0, { ...producer, baseSequence: 0, isTransactional: true }), late]))).toEqual(
      ['SEG-15 warning'],
    );
    expect(
      await codes(made('t-0', [encodeBatch({ records: [{ value: 'v', timestamp: NOW + 100 * 86_400_000 }] })])),
    ).toEqual(['SEG-10 warning']);
  });

  it('looks into batches with --deep only', async () => {
    const good = encodeBatch({
      records: [
        { value: 'abc', timestamp: 5 },
        { value: 'def', timestamp: 6 },
      ],
      compression: 3,
    });
    // Another stream under a true checksum: what a broken client writes.
    const { setMaxTimestamp } = await import('../../src/records/index.ts');
    const bad = Buffer.from(good);
    bad[70] = (bad[70] ?? 0) ^ 0xff;
    setMaxTimestamp(bad, 0, 'CreateTime', 7);
    const directory = made('t-0', [bad]);
    expect(await codes(directory)).toEqual([]);
    expect((await codes(directory, true))[0]).toMatch(/^SEG-0[89] corrupt$/);
    const wrongTime = Buffer.from(encodeBatch({ records: [{ value: 'v', timestamp: 5 }] }));
    setMaxTimestamp(wrongTime, 0, 'CreateTime', 9);
    expect(await codes(made('t-0', [wrongTime]), true)).toEqual(['SEG-10 warning']);
  });

  it('tells of an offset beyond the end of the log in a checkpoint', async () => {
    const directory = copyOf('none-0', () => undefined);
    writeFileSync(join(directory, '..', 'recovery-point-offset-checkpoint'), '0\n1\nnone 0 99\n');
    const report = await verify(directory);
    expect(only(report.findings)).toMatchObject({ code: 'SEG-25', offsets: [36, 98] });
    writeFileSync(join(directory, '..', 'recovery-point-offset-checkpoint'), '0\n1\nnone 0 36\n');
    expect(await codes(directory)).toEqual([]);
    writeFileSync(join(directory, '..', 'log-start-offset-checkpoint'), '0\n1\nnone 0 37\n');
    expect(await codes(directory)).toEqual(['SEG-25 warning']);
  });

  it('brings the log along when an index is named alone', async () => {
    const directory = copyOf('none-0', (file) => flip(file('00000000000000000000.index'), 15));
    const [partition] = partitionsToVerify(locate([join(directory, '00000000000000000000.index')]));
    if (partition === undefined) throw new Error('nothing located');
    const { findings } = await verifyPartition(partition, { deep: false, now: NOW, pause: async () => true });
    expect(findings.map(({ code }) => code)).toEqual(['SEG-16']);
  });

  it('reports a directory in place of a file, and reads the rest', async () => {
    const directory = copyOf('none-0', (file) => {
      rmSync(file('00000000000000000000.index'));
      mkdirSync(file('00000000000000000000.index'));
    });
    const report = await verify(directory);
    expect(report.batches).toBe(6);
    expect(report.findings).toMatchObject([{ code: 'SEG-30', detail: expect.stringContaining('EISDIR') }]);
  });
});
