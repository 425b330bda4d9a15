import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../src/log/disk.ts';
import { MemoryDisk } from '../../src/log/memory-disk.ts';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { FileDisk } from '../../src/log/shell/file-disk.ts';
import { encodeBatch, encodeEndTxnMarker } from '../../src/records/index.ts';
import { locate } from '../../src/segments/locate.ts';
import { partitionsToVerify, verifyPartition } from '../../src/segments/verify/verify.ts';
import { generator } from '../fuzz/segments-mutations.ts';
import { batch, bytesOf, logConfig, START_MS } from '../log/helpers.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kmedic-own-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(cleanShutdown: boolean, disk: Disk = new FileDisk(root)): PartitionLog {
  return PartitionLog.open({
    disk,
    directory: 't-0',
    topic: 't',
    partition: 0,
    topicId: null,
    config: () => logConfig({ segmentBytes: 16 * 1024, indexIntervalBytes: 1024 }),
    now: () => START_MS,
    recoverFrom: 0,
    cleanShutdown,
  });
}

/** Plain, idempotent and transactional batches, over several segments. */
function fill(log: PartitionLog, rounds: number, from = 0): void {
  for (let round = from; round < from + rounds; round++) {
    const firstTimestamp = START_MS + round * 1000;
    log.appendAsLeader(batch(3, { valueBytes: 200, firstTimestamp }), 1);
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: round * 4 };
    log.appendAsLeader(batch(4, { valueBytes: 100, firstTimestamp, ...producer, isTransactional: true }), 1);
    const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 1, timestamp: firstTimestamp } as const;
    const end = encodeEndTxnMarker({ ...marker, type: round % 3 === 0 ? 'ABORT' : 'COMMIT' });
    log.appendAsLeader(end, 1, { origin: 'coordinator' });
  }
}

/** Two records of fifty-seven keys; every tenth batch ends one of them. */
function keyed(log: PartitionLog, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    const value = Buffer.alloc(150, round);
    const records = [
      { key: `own-${round % 50}`, value: round % 10 === 9 ? null : value },
      { key: `other-${round % 7}`, value },
    ];
    log.appendAsLeader(encodeBatch({ compression: round % 5, timestamp: START_MS + round, records }), 2);
  }
}

/** What lies on a disk in memory, as files. */
function unload(disk: MemoryDisk, to: string): void {
  mkdirSync(join(to, 't-0'), { recursive: true });
  for (const name of disk.list('t-0')) {
    writeFileSync(join(to, 't-0', name), bytesOf(disk, `t-0/${name}`));
  }
  // What tells a broker's directory from any other; nothing says that it was stopped in order.
  writeFileSync(join(to, 'meta.properties'), 'version=1\ncluster.id=c\nnode.id=1\ndirectory.id=d\n');
}

async function verify(directory = join(root, 't-0')) {
  const [partition] = partitionsToVerify(locate([directory]));
  if (partition === undefined) throw new Error('no partition');
  const now = START_MS + 86_400_000;
  return verifyPartition(partition, { deep: true, now, pause: async () => true });
}

describe('the files of the bundled broker', () => {
  it('are sound after it closed them', async () => {
    const log = open(true);
    fill(log, 40);
    log.close();
    const report = await verify();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ committed: 26, aborted: 14 });
    expect(report.segments).toBeGreaterThan(2);
  });

  it('are sound while it writes, and after a crash at any moment', async () => {
    const log = open(true);
    for (let round = 0; round < 12; round++) {
      fill(log, 3, round * 3);
      // What is on the disk at this moment is what a crash leaves.
      const crashed = join(root, `crash-${round}`, 't-0');
      cpSync(join(root, 't-0'), crashed, { recursive: true });
      const { findings } = await verify(crashed);
      expect(findings.filter(({ severity }) => severity === 'corrupt')).toEqual([]);
    }
    log.close();
  });

  it('are sound after the recovery of a torn tail', async () => {
    const log = open(true);
    fill(log, 20);
    log.close();
    const last =
      readdirSync(join(root, 't-0'))
        .filter((name) => name.endsWith('.log'))
        .sort()
        .at(-1) ?? '';
    appendFileSync(join(root, 't-0', last), batch(3, { valueBytes: 100, firstTimestamp: START_MS }).subarray(0, 150));
    expect((await verify()).findings.map(({ code }) => code)).toEqual(['SEG-01']);
    const again = open(false);
    fill(again, 5, 20);
    again.close();
    expect((await verify()).findings).toEqual([]);
  });

  it.each([
    ['in one pass', 1_000_000],
    ['in passes whose map holds few of the keys', 20],
  ])('are sound after compaction %s', async (_, maxKeys) => {
    const log = open(true);
    fill(log, 40);
    keyed(log, 400);
    const before = log.size;
    const eager = {
      deleteRetentionMs: 60_000,
      minCleanableDirtyRatio: 0,
      minCompactionLagMs: 0,
      maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
    };
    let passes = 0;
    for (; passes < 40; passes++) {
      const plan = log.compaction.plan(eager, log.lastStableOffset(log.logEndOffset));
      if (plan === null) break;
      const cleaning = log.compaction.clean(plan, { deleteRetentionMs: eager.deleteRetentionMs, maxKeys });
      while (!cleaning.step(64 * 1024));
      expect((await verify()).findings.filter(({ code }) => !/SEG-(29|18|14)/.test(code))).toEqual([]);
    }
    expect(passes > 1).toBe(maxKeys === 20);
    expect(log.size).toBeLessThan(before / 1.5);
    log.close();
    const report = await verify();
    expect(report.findings.filter(({ code }) => code !== 'SEG-29')).toEqual([]);
    expect(report.compacted).toBe(true);
  });

  it.each([
    ['of the active segment', true],
    ['of any file', false],
  ] as const)('after the power fails and bytes %s are lost: sound behind the recovery', async (_, activeOnly) => {
    for (let seed = 0; seed < 30; seed++) {
      const pick = generator(seed);
      const disk = new MemoryDisk();
      const log = open(true, disk);
      const rounds = 5 + pick(30);
      fill(log, rounds);
      if (pick(2) === 0) log.flush();
      fill(log, pick(10), rounds);
      const active = String(log.segmentBaseOffsets.at(-1)).padStart(20, '0');
      // Some of the bytes that were not flushed survive, whatever the order in which they were written.
      const survivors = (synced: number, size: number): number => synced + pick(size - synced + 1);
      disk.crash((path, synced, size) =>
        activeOnly && !new RegExp(`${active}\\.(log|index|timeindex)$`).test(path) ? size : survivors(synced, size),
      );
      if (activeOnly) {
        const crashed = join(root, `crashed-${seed}`);
        unload(disk, crashed);
        const before = await verify(join(crashed, 't-0'));
        const bad = before.findings.filter(({ severity }) => severity === 'corrupt');
        expect([seed, bad]).toEqual([seed, []]);
      }
      open(false, disk).close();
      const recovered = join(root, `recovered-${seed}`);
      unload(disk, recovered);
      const after = await verify(join(recovered, 't-0'));
      expect([seed, after.findings.filter(({ code }) => code !== 'SEG-14')]).toEqual([seed, []]);
    }
  });
});
