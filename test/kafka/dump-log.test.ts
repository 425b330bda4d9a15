import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { FileDisk } from '../../src/log/shell/file-disk.ts';
import { Compression, encodeBatch, encodeEndTxnMarker } from '../../src/records/index.ts';
import { batch, logConfig, START_MS } from '../log/helpers.ts';
import { kafkaJars, kafkaMissing } from './jars.ts';

/* Apache's own DumpLogSegments reads what PartitionLog writes to real files, and must find nothing to complain about. */

const run = promisify(execFile);

const TOOLS = [
  { version: '4.3.1', main: 'org.apache.kafka.tools.DumpLogSegments' },
  { version: '3.9.2', main: 'kafka.tools.DumpLogSegments' },
] as const;

const MISSING = kafkaMissing();

/** 4.3 takes -1 for the offset before a segment's first one, and reports a gap wherever a segment does not begin at 0. */
const KNOWN_BUG = /^Non-consecutive offsets in .*\n(?: {2}-1 is followed by \d+\n?)+/gm;

/** What compaction leaves: the tool tells of every gap, and there is no other way to say that it is meant. */
const GAPS = /^Non-consecutive offsets in .*\n(?: {2}-?\d+ is followed by \d+\n?)+/gm;

const CODECS = Object.entries(Compression);

let root: string;

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'kmedic-dump-log-'));
});

afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

function open(name: string): PartitionLog {
  return PartitionLog.open({
    disk: new FileDisk(root),
    directory: `${name}-0`,
    topic: name,
    partition: 0,
    topicId: null,
    config: () => logConfig({ segmentBytes: 64 * 1024, indexIntervalBytes: 1024 }),
    now: () => START_MS,
    recoverFrom: 0,
    cleanShutdown: false,
  });
}

/** Batches of every codec, by plain and by idempotent producers. */
function fill(log: PartitionLog, rounds: number): void {
  let sequence = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [, compression] of CODECS) {
      const firstTimestamp = START_MS + round * 100;
      log.appendAsLeader(batch(3, { compression, valueBytes: 200, firstTimestamp }), 1 + Math.floor(round / 20));
      const idempotent = { producerId: 7, producerEpoch: 0, baseSequence: sequence };
      log.appendAsLeader(
        batch(4, { compression, valueBytes: 100, firstTimestamp, ...idempotent }),
        1 + Math.floor(round / 20),
      );
      sequence += 4;
    }
  }
}

/** Interleaved transactions of two producers; every third of one is aborted. */
function transact(log: PartitionLog, rounds: number, first = 0): void {
  for (let round = first; round < first + rounds; round++) {
    for (const producerId of [4000, 4001]) {
      const input = { producerId, producerEpoch: 1, baseSequence: round * 5, isTransactional: true };
      log.appendAsLeader(batch(5, { valueBytes: 300, firstTimestamp: START_MS + round * 10, ...input }), 3);
    }
    for (const producerId of [4001, 4000]) {
      const type = producerId === 4001 && round % 3 === 0 ? 'ABORT' : 'COMMIT';
      const marker = {
        type,
        producerId,
        producerEpoch: 1,
        coordinatorEpoch: 2,
        timestamp: START_MS + round * 10 + 6,
      } as const;
      log.appendAsLeader(encodeEndTxnMarker(marker), 3, { origin: 'coordinator' });
    }
  }
}

/** Two records of a hundred keys, of which every tenth ends as a tombstone. */
function keyed(index: number, compression: number): Buffer {
  const value = Buffer.alloc(index % 10 === 9 ? 0 : 150, index);
  return encodeBatch({
    compression,
    timestamp: START_MS + index,
    records: [
      { key: `own-${index % 50}`, value: index % 10 === 9 ? null : value },
      { key: `other-${index % 7}`, value },
    ],
  });
}

function filesOf(name: string): string[] {
  const directory = path.join(root, `${name}-0`);
  return fs
    .readdirSync(directory)
    .filter((file) => /\.(log|index|timeindex|txnindex|snapshot)$/.test(file))
    .map((file) => path.join(directory, file));
}

describe.each(TOOLS)('DumpLogSegments $version', ({ version, main }) => {
  /** What the tool says of the files. It writes to some of them: each run gets a copy. */
  async function dump(
    files: readonly string[],
    options: readonly string[],
  ): Promise<{ stdout: string; stderr: string }> {
    const copy = fs.mkdtempSync(path.join(root, 'copy-'));
    const copies = files.map((file) => path.join(copy, path.basename(file)));
    for (const [index, file] of files.entries()) fs.copyFileSync(file, copies[index] ?? '');
    const logging = ['-Dlog4j2.level=OFF', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off'];
    const { stdout, stderr } = await run(
      'java',
      [...logging, '-Xmx256m', '-cp', `${kafkaJars(version)}/*`, main, '--files', copies.join(','), ...options],
      { maxBuffer: 256 * 1024 * 1024 },
    );
    return { stdout, stderr };
  }

  function complaints(text: string): string[] {
    return text
      .replaceAll(KNOWN_BUG, '')
      .split('\n')
      .filter((line) => !/^\s*$|SLF4J|log4j|StatusLogger|WARNING/i.test(line));
  }

  async function checkFiles(name: string, options: { readonly gaps: boolean } = { gaps: false }): Promise<string> {
    const files = filesOf(name);
    const deep = await dump(files, ['--deep-iteration']);
    expect(complaints(options.gaps ? deep.stderr.replaceAll(GAPS, '') : deep.stderr)).toEqual([]);
    expect(
      deep.stdout.split('\n').filter((line) => /isvalid: false|invalid bytes|mismatch|corrupt/i.test(line)),
    ).toEqual([]);
    const indexes = files.filter((file) => /index$|log$/.test(file));
    const sanity = await dump(indexes, ['--index-sanity-check']);
    expect(complaints(sanity.stderr)).toEqual([]);
    const unchecked = files
      .filter((file) => /\.(index|timeindex)$/.test(file))
      .map((file) => path.basename(file))
      .filter(
        (file) =>
          !sanity.stdout.includes(`${file} passed sanity check`) && !sanity.stdout.includes(`${file} is empty.`),
      );
    expect(unchecked).toEqual([]);
    return deep.stdout;
  }

  test.skipIf(MISSING !== null)('all codecs, several segments, closed', { timeout: 120_000 }, async () => {
    const name = `closed-${version}`;
    const log = open(name);
    fill(log, 60);
    const segments = log.segmentBaseOffsets;
    const end = log.logEndOffset;
    log.close();
    expect(segments.length).toBeGreaterThan(2);
    const stdout = await checkFiles(name);
    expect(stdout.match(/^Log starting offset: \d+$/gm)?.map((line) => Number(line.split(': ')[1]))).toEqual(segments);
    expect(stdout.match(/^\| offset: /gm)?.length).toBe(end);
    expect(stdout).toMatch(/producerId: 7 producerEpoch: 0 coordinatorEpoch: -1 .*lastSequence/);
    for (const [codec] of CODECS) expect(stdout).toContain(`compresscodec: ${codec}`);
  });

  test.skipIf(MISSING !== null)(
    'transactions with aborts, and a log that is still open',
    { timeout: 120_000 },
    async () => {
      const name = `open-${version}`;
      const log = open(name);
      transact(log, 40);
      const aborted = log.abortedTransactions(0, log.logEndOffset);
      expect(aborted).toHaveLength(14);
      expect(log.segmentBaseOffsets.length).toBeGreaterThan(1);
      const stdout = await checkFiles(name);
      const found = [...stdout.matchAll(/^version: 0 producerId: (\d+) firstOffset: (\d+) lastOffset: (\d+)/gm)];
      expect(found.map(([, producerId, first, last]) => [Number(producerId), Number(first), Number(last)])).toEqual(
        aborted.map(({ producerId, firstOffset, lastOffset }) => [producerId, firstOffset, lastOffset]),
      );
      expect(stdout.match(/endTxnMarker: ABORT/g)).toHaveLength(14);
      log.close();
    },
  );

  test.skipIf(MISSING !== null)('after compaction', { timeout: 120_000 }, async () => {
    const name = `compacted-${version}`;
    const log = open(name);
    const eager = {
      deleteRetentionMs: 60_000,
      minCleanableDirtyRatio: 0,
      minCompactionLagMs: 0,
      maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
    };
    fill(log, 60);
    transact(log, 40);
    for (let i = 0; i < 400; i++) log.appendAsLeader(keyed(i, CODECS[i % CODECS.length]?.[1] ?? 0), 4);
    const plan = log.compaction.plan(eager, log.lastStableOffset(log.logEndOffset));
    if (plan === null) throw new Error('nothing to clean');
    const before = log.size;
    const cleaning = log.compaction.clean(plan, { deleteRetentionMs: eager.deleteRetentionMs, maxKeys: 1_000_000 });
    while (!cleaning.step(64 * 1024));
    expect(log.size).toBeLessThan(before / 1.5);
    log.close();
    const stdout = await checkFiles(name, { gaps: true });
    expect(stdout).toContain('deleteHorizonMs: OptionalLong[1700000060000]');
    expect(stdout).toContain('endTxnMarker: ABORT');
    expect(stdout).toMatch(/count: 0 .*producerId: 7 /);
  });

  test.skipIf(MISSING !== null)('after truncation, a kill and recovery', { timeout: 120_000 }, async () => {
    const name = `recovered-${version}`;
    const log = open(name);
    fill(log, 40);
    log.truncateTo(log.logEndOffset - 150);
    transact(log, 30);
    log.flush();
    const active = path.join(root, `${name}-0`, `${String(log.segmentBaseOffsets.at(-1)).padStart(20, '0')}.log`);
    fs.truncateSync(active, fs.statSync(active).size - 33);
    const again = open(name);
    expect(again.recovery.truncatedBytes).toBeGreaterThan(0);
    transact(again, 1, 30);
    again.close();
    const stdout = await checkFiles(name);
    expect(stdout).toContain('endTxnMarker: COMMIT');
  });
});
