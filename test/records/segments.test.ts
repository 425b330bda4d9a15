import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  batches,
  codecName,
  firstRecord,
  isValidCrc,
  type KafkaRecord,
  readBatchHeader,
  readControlRecord,
  records,
  scanBatches,
} from '../../src/records/index.ts';

const SEGMENTS = join(import.meta.dirname, '../../fixtures/segments');

/** Every log of the fixtures, with what Kafka's own dump tool printed for it. */
const logs = readdirSync(SEGMENTS, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.log'))
  .sort()
  .map((path) => ({
    path,
    bytes: readFileSync(join(SEGMENTS, path)),
    dump: readFileSync(join(SEGMENTS, path.replace(/(\d{20})\.log$/, 'dump-$1.txt')), 'utf8'),
  }));

function linesStarting(dump: string, pattern: RegExp): string[] {
  return dump.split('\n').filter((line) => pattern.test(line));
}

/** The line of a v2 batch, in the words of Kafka's tool. */
function batchLine(bytes: Buffer, position: number): string {
  const h = readBatchHeader(bytes, position);
  const horizon = h.deleteHorizonMs === null ? 'OptionalLong.empty' : `OptionalLong[${h.deleteHorizonMs}]`;
  return [
    `baseOffset: ${h.baseOffset} lastOffset: ${h.lastOffset} count: ${h.recordsCount}`,
    `baseSequence: ${h.baseSequence} lastSequence: ${h.lastSequence}`,
    `producerId: ${h.producerId} producerEpoch: ${h.producerEpoch} partitionLeaderEpoch: ${h.partitionLeaderEpoch}`,
    `isTransactional: ${h.isTransactional} isControl: ${h.isControl} deleteHorizonMs: ${horizon}`,
    `position: ${h.position} ${h.timestampType}: ${h.maxTimestamp} size: ${h.sizeInBytes} magic: ${h.magic}`,
    `compresscodec: ${codecName(h.compression)} crc: ${h.crc} isvalid: ${isValidCrc(bytes, position)}`,
  ].join(' ');
}

/** The line of a v0/v1 message or wrapper. */
function messageLine(bytes: Buffer, position: number): string {
  const h = readBatchHeader(bytes, position);
  return [
    `offset: ${h.lastOffset} position: ${h.position} ${h.timestampType}: ${h.maxTimestamp} size: ${h.sizeInBytes}`,
    `magic: ${h.magic} compresscodec: ${codecName(h.compression).toUpperCase()} crc: ${h.crc}`,
    `isvalid: ${isValidCrc(bytes, position)}`,
  ].join(' ');
}

/** What both formats of record lines say: sizes, key and payload as far as the tool printed them. */
function matchesLine(record: KafkaRecord, line: string): void {
  const field = (name: string): string | undefined => line.match(new RegExp(` ${name}: (\\S+)`))?.[1];
  expect(`${record.offset}`).toBe(field('offset'));
  expect(`${record.timestamp}`).toBe(field(record.timestampType));
  expect(`${record.key?.length ?? -1}`).toBe(field('keySize'));
  expect(`${record.value?.length ?? -1}`).toBe(field('valueSize'));
  const headerKeys = line.match(/ headerKeys: \[([^\]]*)\]/)?.[1];
  if (headerKeys !== undefined) {
    expect(`${record.sequence}`).toBe(field('sequence'));
    expect(record.headers.map((header) => header.key).join(',')).toBe(headerKeys);
  }
  const texts = line.match(/(?: key: (?<key>.*?))?(?: payload: (?<payload>.*))?$/)?.groups ?? {};
  if (texts['key'] !== undefined) expect(record.key?.toString()).toBe(texts['key']);
  if (texts['payload'] !== undefined) expect(record.value?.toString()).toBe(texts['payload']);
}

describe('segments written by Apache Kafka read as its own dump tool reads them', () => {
  test('there are logs of every format, codec and kind', () => {
    expect(logs.length).toBeGreaterThan(30);
  });

  test.each(logs)('$path', ({ path, bytes, dump }) => {
    const spans = [...batches(bytes)];
    expect(scanBatches(bytes, () => undefined)).toEqual({ state: 'end', position: bytes.length });
    const old = path.includes('magic');
    const lineOf = old ? messageLine : batchLine;
    expect(spans.map((span) => lineOf(bytes, span.position))).toEqual(
      linesStarting(dump, old ? /^offset: / : /^baseOffset: /),
    );

    const decoded = spans.flatMap((span) => [...records(bytes, span.position)]);
    const printed = linesStarting(dump, /^\| offset: /);
    expect(decoded.length).toBe(printed.length);
    // Kafka's coordinators and the metadata log print no text for their records, or that of their keys.
    if (path.includes('__')) return;
    for (const [index, record] of decoded.entries()) matchesLine(record, printed[index] ?? '');
  });

  test('control records say what Kafka says', () => {
    const written = logs.filter((log) => log.path.includes('transactions-0/'));
    const control = written.flatMap(({ bytes }) =>
      [...batches(bytes)]
        .filter((span) => readBatchHeader(bytes, span.position).isControl)
        .map((span) => readControlRecord(firstRecord(bytes, span.position) ?? { key: null, value: null })),
    );
    expect(control.map((c) => `endTxnMarker: ${c.type} coordinatorEpoch: ${c.coordinatorEpoch}`)).toEqual(
      written.flatMap(({ dump }) => dump.match(/endTxnMarker: \S+ coordinatorEpoch: \d+/g) ?? []),
    );
    expect(control).toHaveLength(4);
  });
});
