import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { batches, isValidCrc, records } from '../../src/records/index.ts';
import { dumpLog } from '../../src/segments/dump-log.ts';
import { NO_FILTER } from '../../src/segments/filter.ts';
import { memorySource } from '../../src/segments/source.ts';
import { KAFKA_2, KAFKA_4 } from '../segments/fixtures.ts';

/** A small generator of numbers: the seed makes a run again. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Logs that Apache Kafka wrote, of every format and codec, and what their records are. */
export function samples(): { readonly name: string; readonly bytes: Buffer; readonly known: ReadonlySet<string> }[] {
  return [KAFKA_4, KAFKA_2].flatMap((root) =>
    readdirSync(root)
      .filter((name) => /-\d+$/.test(name))
      .flatMap((name) =>
        readdirSync(join(root, name))
          .filter((file) => file.endsWith('.log'))
          .map((file) => {
            const bytes = readFileSync(join(root, name, file));
            return { name: `${name}/${file}`, bytes, known: fingerprints(bytes) };
          }),
      ),
  );
}

/** What a record is, whatever its batch says of its place: offset, epoch and length lie outside the checksum. */
export function fingerprint(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
}): string {
  return `${record.timestamp} ${record.key?.toString('base64') ?? '-'} ${record.value?.toString('base64') ?? '-'}`;
}

function fingerprints(bytes: Buffer): Set<string> {
  const known = new Set<string>();
  for (const { position } of batches(bytes)) {
    if (!isValidCrc(bytes, position)) throw new Error('a fixture is damaged');
    for (const record of records(bytes, position)) known.add(fingerprint(record));
  }
  return known;
}

type Mutation = (bytes: Buffer, pick: (below: number) => number) => Buffer;

export const MUTATIONS: readonly Mutation[] = [
  // One bit.
  (bytes, pick) => {
    const at = pick(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
    return bytes;
  },
  // A few bytes near the start of some batch, where lengths and counts are.
  (bytes, pick) => {
    const starts = [...batches(bytes)].map(({ position }) => position);
    const at = (starts[pick(starts.length)] ?? 0) + pick(61);
    for (let i = 0; i <= pick(4); i++) if (at + i < bytes.length) bytes[at + i] = pick(256);
    return bytes;
  },
  // A torn tail.
  (bytes, pick) => bytes.subarray(0, pick(bytes.length)),
  // Zeros within, or behind.
  (bytes, pick) => {
    const from = pick(bytes.length);
    return bytes.fill(0, from, from + pick(bytes.length - from));
  },
  (bytes, pick) => Buffer.concat([bytes, Buffer.alloc(pick(5000))]),
  // Noise behind the end.
  (bytes, pick) => Buffer.concat([bytes, Buffer.from(Array.from({ length: pick(300) }, () => pick(256)))]),
  // Bytes that went missing, or came twice.
  (bytes, pick) => {
    const from = pick(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(Math.min(bytes.length, from + 1 + pick(100)))]);
  },
  (bytes, pick) => {
    const from = pick(bytes.length);
    return Buffer.concat([bytes.subarray(0, from + pick(100)), bytes.subarray(from)]);
  },
  // An absurd length.
  (bytes, pick) => {
    const starts = [...batches(bytes)].map(({ position }) => position);
    bytes.writeInt32BE([0x7fff_ffff, -1, 0, 1 << pick(31)][pick(4)] ?? 0, (starts[pick(starts.length)] ?? 0) + 8);
    return bytes;
  },
];

export interface FuzzResult {
  readonly runs: number;
  readonly shown: number;
  readonly damaged: number;
}

/**
 * Reads `runs` damaged logs to their end. Throws, with the seed, when a record is shown that nobody wrote, or when bytes
 * are passed over without a word.
 */
export async function fuzz(seed: number, runs: number): Promise<FuzzResult> {
  const logs = samples();
  let shown = 0;
  let damaged = 0;
  for (let run = 0; run < runs; run++) {
    const pick = generator(seed + run);
    const sample = logs[pick(logs.length)];
    const mutate = MUTATIONS[pick(MUTATIONS.length)];
    if (sample === undefined || mutate === undefined) throw new Error('nothing to read');
    const bytes = mutate(Buffer.from(sample.bytes), pick);
    let accounted = 0;
    let found = 0;
    await dumpLog(
      memorySource(bytes),
      { filter: NO_FILTER, crc: true },
      {
        batch: (batch) => {
          accounted += batch.size;
          return true;
        },
        record: (record, batch) => {
          if (batch.valid !== true) throw new Error(`seed ${seed + run}: a record of a batch that is not sound`);
          if (!sample.known.has(fingerprint(record))) {
            throw new Error(`seed ${seed + run}: a record that nobody wrote, in ${sample.name} at ${batch.position}`);
          }
          shown++;
          return true;
        },
        finding: (finding) => {
          found++;
          // A batch whose checksum fails was counted already.
          if (!/records are not shown/.test(finding.detail)) accounted += finding.length ?? 0;
        },
      },
    );
    if (found > 0) damaged++;
    if (accounted < bytes.length)
      throw new Error(`seed ${seed + run}: ${bytes.length - accounted} bytes without a word`);
  }
  return { runs, shown, damaged };
}
