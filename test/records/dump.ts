import { expect } from 'vitest';
import { codecName, isValidCrc, type KafkaRecord, readBatchHeader } from '../../src/records/index.ts';

/* What Kafka's DumpLogSegments prints for a log, made from what we read of it. */

/** The lines of a dump that match. */
export function linesStarting(dump: string, pattern: RegExp): string[] {
  return dump.split('\n').filter((line) => pattern.test(line));
}

/** The line of a v2 batch, in the words of Kafka's tool. */
export function batchLine(bytes: Buffer, position: number): string {
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
export function messageLine(bytes: Buffer, position: number): string {
  const h = readBatchHeader(bytes, position);
  return [
    `offset: ${h.lastOffset} position: ${h.position} ${h.timestampType}: ${h.maxTimestamp} size: ${h.sizeInBytes}`,
    `magic: ${h.magic} compresscodec: ${codecName(h.compression).toUpperCase()} crc: ${h.crc}`,
    `isvalid: ${isValidCrc(bytes, position)}`,
  ].join(' ');
}

/** Expects what both formats of record lines say: sizes, key and payload as far as the tool printed them. */
export function matchesLine(record: KafkaRecord, line: string): void {
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
