import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, encodeBatch } from '../src/records/index.ts';

/** A partition with one large segment in it, and its indexes. */
export interface MadeSegment {
  readonly directory: string;
  readonly log: string;
  readonly bytes: number;
  readonly batches: number;
  readonly records: number;
}

const START = 1_700_000_000_000;
const RECORDS_IN_BATCH = 241;
const BASE_OFFSET_AT = 0;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;

/**
 * Writes a segment of about `bytes` bytes: batches of 241 records of 1,000 bytes, as a busy producer makes them. One batch
 * is encoded; the others are the same with another offset and time, and their own checksums.
 */
export function makeSegment(directory: string, bytes: number, compression: number): MadeSegment {
  mkdirSync(directory, { recursive: true });
  const log = join(directory, `${'0'.repeat(20)}.log`);
  let noise = 1;
  const value = (): Buffer => {
    const made = Buffer.allocUnsafe(1000);
    for (let i = 0; i < made.length; i++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
      made[i] = 32 + ((noise >>> 16) % 90);
    }
    return made;
  };
  const template = encodeBatch({
    compression,
    partitionLeaderEpoch: 0,
    producerId: 1,
    producerEpoch: 0,
    baseSequence: 0,
    records: Array.from({ length: RECORDS_IN_BATCH }, (_, i) => ({ value: value(), timestamp: START + i })),
  });
  const index: Buffer[] = [];
  const fd = openSync(log, 'w');
  const count = Math.max(2, Math.floor(bytes / template.length));
  for (let batch = 0; batch < count; batch++) {
    const offset = batch * RECORDS_IN_BATCH;
    template.writeBigInt64BE(BigInt(offset), BASE_OFFSET_AT);
    template.writeBigInt64BE(BigInt(START + batch * 1000), 27);
    template.writeBigInt64BE(BigInt(START + batch * 1000 + RECORDS_IN_BATCH - 1), 35);
    template.writeInt32BE(offset, 53);
    template.writeUInt32BE(crc32c(template, ATTRIBUTES_AT, template.length), CRC_AT);
    for (let done = 0; done < template.length; ) done += writeSync(fd, template, done);
    if (batch === 0) continue;
    const entry = Buffer.alloc(20);
    entry.writeInt32BE(offset + RECORDS_IN_BATCH - 1, 0);
    entry.writeInt32BE(batch * template.length, 4);
    entry.writeBigInt64BE(BigInt(START + batch * 1000 + RECORDS_IN_BATCH - 1), 8);
    entry.writeInt32BE(offset + RECORDS_IN_BATCH - 1, 16);
    index.push(entry);
  }
  closeSync(fd);
  write(
    join(directory, `${'0'.repeat(20)}.index`),
    index.map((entry) => entry.subarray(0, 8)),
  );
  write(
    join(directory, `${'0'.repeat(20)}.timeindex`),
    index.map((entry) => entry.subarray(8, 20)),
  );
  // Into the page cache.
  readFileSync(log).subarray(0, 1);
  return { directory, log, bytes: count * template.length, batches: count, records: count * RECORDS_IN_BATCH };
}

function write(path: string, parts: readonly Buffer[]): void {
  const fd = openSync(path, 'w');
  writeSync(fd, Buffer.concat(parts));
  closeSync(fd);
}
