import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartitionLog } from '../../src/log/partition-log.ts';
import { FileDisk } from '../../src/log/shell/file-disk.ts';
import { encodeEndTxnMarker } from '../../src/records/index.ts';
import { locate } from '../../src/segments/locate.ts';
import { partitionsToVerify, verifyPartition } from '../../src/segments/verify/verify.ts';
import { batch, logConfig, START_MS } from '../log/helpers.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kmedic-own-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function open(cleanShutdown: boolean): PartitionLog {
  return PartitionLog.open({
    disk: new FileDisk(root),
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
});
