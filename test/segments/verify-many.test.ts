import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeProducerSnapshot } from '../../src/log/producer-snapshot.ts';
import { encodeBatch } from '../../src/records/index.ts';
import type { Finding } from '../../src/segments/findings.ts';
import { locate } from '../../src/segments/locate.ts';
import { verifyPartition } from '../../src/segments/verify/verify.ts';
import { generator } from '../fuzz/segments-mutations.ts';
import { KAFKA_4 } from './fixtures.ts';

const LOG = '00000000000000000000.log';
let place = '';
let partition = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-many-'));
  partition = join(place, 'none-0');
  cpSync(join(KAFKA_4, 'none-0'), partition, { recursive: true, filter: (path) => !path.endsWith('.txt') });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

async function verify(directory: string): Promise<readonly Finding[]> {
  const [found] = locate([directory]).partitions;
  if (found === undefined) throw new Error('no partition');
  const now = Date.parse('2027-01-01T00:00:00Z');
  return (await verifyPartition(found, { deep: false, now, pause: async () => true })).findings;
}

describe('what is found in great numbers', () => {
  it('is told twenty times and counted: entries of an index', async () => {
    const pick = generator(1);
    const noise = Buffer.alloc(8_000_000);
    for (let at = 0; at < noise.length; at += 4) noise.writeUInt32BE(1 + pick(2 ** 31), at);
    writeFileSync(join(partition, '00000000000000000000.index'), noise);
    const findings = await verify(partition);
    expect(findings).toHaveLength(21);
    expect(findings.at(-1)).toMatchObject({
      code: 'SEG-16',
      detail: expect.stringMatching(/^and 9999\d\d more of these/),
    });
  });

  it('is told twenty times and counted: gaps, of which each may be what compaction left', async () => {
    const directory = join(place, 'gaps-0');
    mkdirSync(directory);
    const producer = { producerId: 7, producerEpoch: 0 };
    const batch = encodeBatch({ baseOffset: 0, records: [{ value: 'v', timestamp: 1 }], ...producer, baseSequence: 0 });
    // Every batch two offsets behind the one before it; an offset lies outside the checksum.
    const batches = Array.from({ length: 30_000 }, (_, index) => {
      const next = Buffer.from(batch);
      next.writeBigInt64BE(BigInt(index * 2), 0);
      return next;
    });
    writeFileSync(join(directory, LOG), Buffer.concat(batches));
    const found = (await verify(directory)).filter(({ code }) => code === 'SEG-07');
    expect(found).toHaveLength(21);
    expect(found[0]).toMatchObject({ offsets: [1, 1], detail: '1 offset is missing before 2' });
    expect(found.at(-1)).toMatchObject({ detail: expect.stringContaining('and 29979 more of these') });
    // The same in a log that was compacted is nothing at all.
    writeFileSync(join(place, 'cleaner-offset-checkpoint'), '0\n1\ngaps 0 5\n');
    expect((await verify(directory)).filter(({ code }) => code === 'SEG-07')).toEqual([]);
  });
});

describe('where a finding lies', () => {
  it('an open transaction: at the batch that began it', async () => {
    const directory = join(KAFKA_4, 'open-transaction-0');
    const open = (await verify(directory)).find(({ code }) => code === 'SEG-14');
    expect(open).toMatchObject({ file: join(directory, '00000000000000000001.log'), position: 78, offsets: [2, 3] });
  });

  it('an index that ends within an entry, unused space, a snapshot that disagrees, one that is damaged', async () => {
    const snapshot = '00000000000000000036.snapshot';
    writeFileSync(join(partition, '00000000000000000000.timeindex'), Buffer.alloc(12 * 4 + 5));
    const entry = { producerId: 0, producerEpoch: 0, lastSequence: 36, lastOffset: 35, offsetDelta: 5 };
    const rest = { timestamp: 1, coordinatorEpoch: -1, currentTxnFirstOffset: -1 };
    const other = { ...entry, ...rest, producerId: 99, lastOffset: 3 };
    writeFileSync(join(partition, snapshot), encodeProducerSnapshot([other, { ...entry, ...rest }]));
    const findings = await verify(partition);
    expect(findings.map(({ code, position, length, offsets }) => [code, position, length, offsets])).toEqual([
      ['SEG-17', 48, 5, null],
      ['SEG-18', 0, 48, null],
      ['SEG-22', 10 + 46, 46, [35, 35]],
    ]);
    writeFileSync(join(partition, snapshot), Buffer.alloc(70, 1));
    const damaged = (await verify(partition)).find(({ code }) => code === 'SEG-21');
    expect(damaged).toMatchObject({ position: 0, length: 70 });
  });

  it('records that cannot be read: at the offsets of their batch', async () => {
    const directory = join(place, 'count-0');
    mkdirSync(directory);
    const batch = encodeBatch({ baseOffset: 40, records: [{ value: 'v', timestamp: 1 }] });
    const bad = encodeBatch({ baseOffset: 41, records: [{ value: 'v', timestamp: 1 }], compression: 3 });
    bad[70] = (bad[70] ?? 0) ^ 1;
    writeFileSync(join(directory, '00000000000000000040.log'), Buffer.concat([batch, bad]));
    const found = (await verify(directory)).find(({ code }) => code === 'SEG-02');
    expect(found).toMatchObject({ position: batch.length, offsets: [41, 41] });
  });
});
