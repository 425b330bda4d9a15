import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchJson, batchLayout, recordJson, recordLayout } from '../../src/cli/commands/segments/dump-layouts.ts';
import type { DumpedRecord } from '../../src/cli/commands/segments/dump-sink.ts';
import {
  ATTRIBUTES_AT,
  batches,
  CRC_AT,
  crc32,
  crc32c,
  isValidCrc,
  type KafkaRecord,
  MAGIC_AT,
  MESSAGE_CRC_AT,
  magic,
  records,
} from '../../src/records/index.ts';
import { batchRow } from '../../src/segments/batch-row.ts';
import { readControl } from '../../src/segments/decode/control.ts';
import { decoderOf } from '../../src/segments/decode/decoders.ts';
import { type BatchView, dumpLog, isControlBatch } from '../../src/segments/dump-log.ts';
import { decoderFor } from '../../src/segments/file-kind.ts';
import { NO_FILTER } from '../../src/segments/filter.ts';
import { kafkaBatchLine, kafkaRecordLine } from '../../src/segments/kafka-format.ts';
import { memorySource } from '../../src/segments/source.ts';
import { LOG_DIRECTORIES } from '../segments/fixtures.ts';

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

export interface Sample {
  readonly path: string;
  readonly bytes: Buffer;
  /** What its records are. */
  readonly known: ReadonlySet<string>;
}

/** Logs and snapshots of metadata that Apache Kafka wrote: every format, codec and topic of its own. */
export function samples(): Sample[] {
  return LOG_DIRECTORIES.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(log|checkpoint)$/.test(name))
      .sort()
      .map((name) => {
        const bytes = readFileSync(join(root, name));
        return { path: join(root, name), bytes, known: fingerprints(bytes) };
      })
      .filter(({ bytes }) => bytes.length > 0),
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

/**
 * Damage under a true checksum: what a hostile client could have sent. Nothing is known of what such a batch holds; it may
 * only not break the reader.
 */
export function resealed(bytes: Buffer, pick: (below: number) => number): Buffer {
  const spans = [...batches(bytes)];
  const { position: start, size } = spans[pick(spans.length)] ?? { position: 0, size: bytes.length };
  const format = magic(bytes, start);
  const from = start + (format < 2 ? MESSAGE_CRC_AT + 4 : ATTRIBUTES_AT);
  for (let i = 0; i <= pick(6); i++) {
    const at = from + pick(start + size - from);
    // The format itself stays, so that the checksum is the one that will be looked at.
    if (at !== start + MAGIC_AT) bytes[at] = pick(3) === 0 ? 0xff : pick(256);
  }
  if (format < 2) bytes.writeUInt32BE(crc32(bytes, from, start + size), start + MESSAGE_CRC_AT);
  else bytes.writeUInt32BE(crc32c(bytes, from, start + size), start + CRC_AT);
  return bytes;
}

export interface FuzzResult {
  readonly runs: number;
  readonly shown: number;
  readonly damaged: number;
}

/** How a reader walks over a log: the ways in which `segments dump` is asked. */
const READINGS = [
  { deep: true, crc: true, show: showKafka },
  { deep: true, crc: true, show: showJson },
  { deep: true, crc: true, show: showTable },
  { deep: false, crc: true, show: showKafka },
  { deep: false, crc: false, show: showJson },
] as const;

/**
 * Reads `runs` damaged logs to their end, in every way. Throws, with the seed, when a record is shown that nobody wrote, or
 * when bytes are passed over without a word.
 */
export async function fuzz(seed: number, runs: number, logs: readonly Sample[] = samples()): Promise<FuzzResult> {
  let shown = 0;
  let damaged = 0;
  for (let run = 0; run < runs; run++) {
    const pick = generator(seed + run);
    const sample = logs[pick(logs.length)];
    const seals = pick(10) === 0;
    const mutate = seals ? resealed : MUTATIONS[pick(MUTATIONS.length)];
    const reading = READINGS[pick(READINGS.length)];
    if (sample === undefined || mutate === undefined || reading === undefined) throw new Error('nothing to read');
    const bytes = mutate(Buffer.from(sample.bytes), pick);
    const at = `seed ${seed + run}, ${sample.path}`;
    const decode = decoderOf(decoderFor(sample.path));
    let accounted = 0;
    let found = 0;
    const record = (record: KafkaRecord, batch: BatchView): boolean => {
      if (batch.valid !== true) throw new Error(`${at}: a record of a batch that is not sound`);
      if (!seals && !sample.known.has(fingerprint(record))) {
        throw new Error(`${at}: a record that nobody wrote, at ${batch.position}`);
      }
      shown++;
      const control = isControlBatch(batch) ? readControl(record) : null;
      reading.show(batch, { record, batch, control, decoded: control === null ? (decode?.(record) ?? null) : null });
      return true;
    };
    await dumpLog(
      memorySource(bytes, sample.path),
      { filter: NO_FILTER, crc: reading.crc },
      {
        batch: (batch) => {
          accounted += batch.size;
          reading.show(batch, null);
          return true;
        },
        ...(reading.deep ? { record } : {}),
        finding: (finding) => {
          found++;
          // A batch whose checksum fails, or whose records do, was counted already.
          if (!/records are not shown/.test(finding.detail) && !/SEG-0[89]/.test(finding.code)) {
            accounted += finding.length ?? 0;
          }
        },
      },
    );
    if (found > 0) damaged++;
    if (accounted < bytes.length) throw new Error(`${at}: ${bytes.length - accounted} bytes without a word`);
  }
  return { runs, shown, damaged };
}

type Show = (batch: BatchView, dumped: DumpedRecord | null) => unknown;

function showKafka(...[batch, dumped]: Parameters<Show>): string {
  const style = { contents: true, skipMetadata: false, as39: batch.position % 2 === 0 };
  return dumped === null
    ? kafkaBatchLine(batch.buffer, batch.at, batch.position, batch.valid === true)
    : kafkaRecordLine(dumped.record, magic(batch.buffer, batch.at), dumped.control, dumped.decoded, style);
}

const SHOWING = { keys: 'text', values: 'text', headers: true } as const;
const BATCHES = batchLayout(() => '');
const RECORDS = recordLayout(() => '', SHOWING);

function showJson(...[batch, dumped]: Parameters<Show>): string {
  return JSON.stringify(dumped === null ? batchJson(batchRow(batch)) : recordJson(dumped, SHOWING));
}

function showTable(...[batch, dumped]: Parameters<Show>): readonly unknown[] {
  return dumped === null ? BATCHES.cells(batchRow(batch)) : RECORDS.cells(dumped);
}
