import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { batches, Compression, encodeBatch, encodeEndTxnMarker, records } from '../../src/records/index.ts';
import { batchLine, linesStarting, matchesLine } from '../records/dump.ts';
import { numbers } from '../records/samples.ts';
import { dumpLogSegments, runTool } from './harness.ts';
import { KAFKA_VERSIONS } from './jars.ts';

const T0 = 1_700_000_000_000;

/** A log of every codec: small and large batches, holes, nulls, headers, a delete horizon, an empty batch and markers. */
function log(): Buffer {
  const next = numbers(5);
  const parts: Buffer[] = [];
  let offset = 0;
  for (const compression of Object.values(Compression)) {
    for (const count of [1, 3, 400, 6000]) {
      const input = Array.from({ length: count }, (_, i) => ({
        key: i % 5 === 1 ? null : `key-${next(50)}`,
        value: i % 7 === 2 ? null : `value ${i} ${'x'.repeat(next(40))} ${next(1e9).toString(36)}`,
        timestamp: T0 + i - (i % 3) * 10,
        offset: offset + i * 2,
        headers:
          i % 4 === 0
            ? [
                { key: 'h', value: `${i}` },
                { key: 'grüße', value: null },
              ]
            : [],
      }));
      parts.push(
        encodeBatch({
          baseOffset: offset,
          compression,
          records: input,
          producerId: 9,
          producerEpoch: 1,
          baseSequence: offset,
          partitionLeaderEpoch: 3,
          isTransactional: count === 3,
        }),
      );
      offset += count * 2;
    }
  }
  parts.push(
    encodeBatch({
      baseOffset: offset,
      records: [],
      lastOffsetDelta: 4,
      producerId: 9,
      producerEpoch: 1,
      baseSequence: 0,
    }),
  );
  parts.push(
    encodeBatch({
      baseOffset: offset + 5,
      records: [{ key: 'gone', timestamp: T0 }],
      deleteHorizonMs: T0 + 86_400_000,
    }),
    encodeBatch({
      baseOffset: offset + 6,
      records: [{ value: 'a', timestamp: 1 }],
      timestampType: 'LogAppendTime',
      maxTimestamp: T0,
      compression: Compression.snappy,
    }),
  );
  for (const [i, type] of (['ABORT', 'COMMIT'] as const).entries()) {
    const marker = {
      type,
      producerId: 9,
      producerEpoch: 1,
      coordinatorEpoch: 4,
      timestamp: T0,
      partitionLeaderEpoch: 3,
    };
    parts.push(encodeEndTxnMarker({ ...marker, baseOffset: offset + 7 + i }));
  }
  return Buffer.concat(parts);
}

describe.each(KAFKA_VERSIONS)('the dump tool of Apache Kafka %s', (version) => {
  test('reads every batch and record that we write, through every codec', { timeout: 120_000 }, async () => {
    const bytes = log();
    const directory = mkdtempSync(join(tmpdir(), 'kmedic-records-'));
    try {
      const file = join(directory, '00000000000000000000.log');
      writeFileSync(file, bytes);
      const args = ['--deep-iteration', '--print-data-log', '--max-message-size', '5242880', '--files', file];
      const { code, stdout } = await runTool(version, dumpLogSegments(version), args);
      expect(code).toBe(0);
      const spans = [...batches(bytes)];
      expect(linesStarting(stdout, /^baseOffset: /)).toEqual(spans.map((span) => batchLine(bytes, span.position)));
      const printed = linesStarting(stdout, /^\| offset: /);
      const decoded = spans.flatMap((span) => [...records(bytes, span.position)]);
      expect(printed.length).toBe(decoded.length);
      for (const [i, record] of decoded.entries()) {
        const line = printed[i] ?? '';
        if (!line.includes('endTxnMarker')) matchesLine(record, line);
      }
      expect(
        linesStarting(stdout, /endTxnMarker/).map((line) => line.replace(/.*endTxnMarker/, 'endTxnMarker')),
      ).toEqual(['endTxnMarker: ABORT coordinatorEpoch: 4', 'endTxnMarker: COMMIT coordinatorEpoch: 4']);
      expect(stdout).not.toMatch(/isvalid: false|bytes of trailing|Mismatches/i);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
