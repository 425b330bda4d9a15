import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { logDirEvidence } from '../../src/diagnose/log-dir.ts';
import { logDirEvidenceSchema } from '../../src/diagnose/model.ts';

/** Written by Apache Kafka 3.9.2. */
const DIRECTORY = fileURLToPath(new URL('../../fixtures/segments/kafka-3.9.2', import.meta.url));
const NOW = Date.parse('2030-01-01T00:00:00Z');
const all = { path: DIRECTORY, topic: null, now: NOW, pause: () => Promise.resolve(true) };

describe('the evidence of a log directory', () => {
  it('tells segments, ages and how far the cleaner came, of real files', async () => {
    const { partitions, problems } = await logDirEvidence({ ...all, topic: 'compacted' });
    expect(problems).toEqual([]);
    expect(partitions).toHaveLength(1);
    const [compacted] = partitions;
    expect(compacted?.segments).toBeGreaterThan(1);
    expect(compacted?.cleanerCheckpoint).toBeGreaterThan(0);
    expect(compacted?.cleanBytes).toBeGreaterThan(0);
    expect(compacted?.activeSegmentAgeMs).toBeGreaterThan(0);
    expect((compacted?.cleanBytes ?? 0) + (compacted?.dirtyBytes ?? 0)).toBeLessThanOrEqual(compacted?.bytes ?? 0);
  });

  it('keeps its schema, for every kind of partition', async () => {
    const evidence = await logDirEvidence(all);
    expect(logDirEvidenceSchema.parse(evidence)).toEqual(evidence);
    expect(evidence.partitions.map(({ topic }) => topic)).toContain('__consumer_offsets');
  });

  it('says nothing about cleaning where no checkpoint is at hand', async () => {
    const home = mkdtempSync(join(tmpdir(), 'kmedic-log-dir-'));
    try {
      cpSync(join(DIRECTORY, 'none-0'), join(home, 'none-0'), { recursive: true });
      const { partitions } = await logDirEvidence({ ...all, path: home });
      expect(partitions).toMatchObject([
        { topic: 'none', cleanBytes: null, dirtyBytes: null, cleanerCheckpoint: null },
      ]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('says what is missing, and that it was stopped', async () => {
    expect((await logDirEvidence({ ...all, topic: 'none-such' })).problems).toEqual([
      `${DIRECTORY} holds no partition of none-such`,
    ]);
    const stopped = await logDirEvidence({ ...all, pause: () => Promise.resolve(false) });
    expect(stopped.problems[0]).toMatch(/^stopped before /);
  });
});
