import { tmpdir } from 'node:os';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { type DiagnosisDocument, diagnosisDocumentSchema } from '../../src/diagnose/diagnosis-document.ts';
import { runOffsets } from '../cli/offsets-cli.ts';
import { createTopics } from '../create-topics.ts';
import { until } from '../until.ts';

const TOPIC = 'profiles';
export const BACKOFF = 'log.cleaner.backoff.ms';
/** For a broker whose cleaner looks once, finds nothing, and rests for an hour. */
export const RESTING_CLEANER = { [BACKOFF]: '3600000' };
const SEGMENT_BYTES = 1_048_576;
const RECORDS = 30_000;
const KEYS = 50;

/**
 * A compacted topic of 50 keys and many records on a broker whose cleaner rests, as `diagnose compaction --log-dir` sees it
 * from the broker's own files; then `wake` sets the cleaner to work, and the same command sees that as well, at the address
 * that it gives.
 */
export async function seeStuckCleaner(
  bootstrap: string,
  logDir: string,
  wake: (admin: Admin) => Promise<string>,
): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    const configEntries = [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'segment.bytes', value: String(SEGMENT_BYTES) },
    ];
    await createTopics(admin, [{ topic: TOPIC, numPartitions: 1, replicationFactor: 1, configEntries }]);
    for (let sent = 0; sent < RECORDS; sent += 1_000) {
      const messages = Array.from({ length: 1_000 }, (_, at) => ({ key: `user-${at % KEYS}`, value: 'x'.repeat(100) }));
      await producer.send({ topic: TOPIC, messages });
    }
    const diagnosed = async (reach: string): Promise<{ code: number; document: DiagnosisDocument }> => {
      const words = ['diagnose', 'compaction', '-t', TOPIC, '--log-dir', logDir, '--samples', '1', '-o', 'json'];
      const { code, out, err } = await runOffsets({ bootstrap: reach, state: tmpdir() }, words);
      expect(err).toBe('');
      return { code, document: diagnosisDocumentSchema.parse(JSON.parse(out)) };
    };
    const stuck = await diagnosed(bootstrap);
    expect(stuck.code).toBe(1);
    expect(stuck.document.verdicts.map(({ leaf, subject }) => [leaf, subject.name])).toEqual([['CMP-09', TOPIC]]);
    expect(stuck.document.verdicts[0]?.concerns).toContain(`${TOPIC}-0`);
    expect(stuck.document.verdicts[0]?.evidence.map(({ text }) => text)).toContain(`${TOPIC}-0: 100 % dirty`);

    expect(stuck.document.verdicts[0]?.evidence.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^profiles-0: its active segment is .+ old, \d+ bytes; [3-9] segments in all$/),
    );
    const awake = await wake(admin);
    let last = stuck.document;
    await until(
      () => `a clean log: ${JSON.stringify(last.verdicts[0]?.evidence)}`,
      async () => {
        const { code, document } = await diagnosed(awake);
        last = document;
        return code === 0 && document.verdicts[0]?.leaf === 'CMP-11';
      },
    );
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
  }
}
