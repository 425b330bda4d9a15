import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  batches,
  firstRecord,
  readBatchHeader,
  readControlRecord,
  records,
  scanBatches,
} from '../../src/records/index.ts';
import { batchLine, linesStarting, matchesLine, messageLine } from './dump.ts';

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
    expect(control.length).toBeGreaterThanOrEqual(4);
  });
});
