import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locate } from '../segments/locate.ts';
import { partitionStats } from '../segments/stats/partition-stats.ts';
import { effectiveConfigs } from '../segments/stats/stored-configs.ts';
import { CLEANED, readLogRoot } from '../segments/verify/log-root.ts';
import type { LogDirEvidence, LogDirPartition } from './model.ts';

export interface LogDirRequest {
  readonly path: string;
  /** Only partitions of this topic; null: all of them. Every batch header is read, so a large directory takes its time. */
  readonly topic: string | null;
  /** What ages are counted from, ms since 1970. */
  readonly now: number;
  /** Called now and then; false ends the reading early. */
  readonly pause: () => Promise<boolean>;
}

/**
 * How far the cleaner has come, by `topic-partition`; null where that is not at hand. A broker makes the file when its
 * cleaner starts, or when it first cleans: in a broker's own directory none, or an empty one, says that nothing was cleaned yet.
 */
function cleanedIn(root: string): ReadonlyMap<string, number> | null {
  const { isBrokers, cleaned } = readLogRoot(root);
  if (cleaned !== null || !isBrokers) return cleaned;
  return (statSync(join(root, CLEANED), { throwIfNoEntry: false })?.size ?? 0) === 0 ? new Map() : null;
}

/** What a broker's log directory tells beyond the protocol: segments, their ages, and how far the cleaner has come. Reads only. */
export async function logDirEvidence({ path, topic, now, pause }: LogDirRequest): Promise<LogDirEvidence> {
  const located = locate([path]);
  const problems = located.problems.map((problem) => `${problem.path}: ${problem.message}`);
  const partitions: LogDirPartition[] = [];
  for (const partition of located.partitions) {
    const { name, directory } = partition;
    if (name === null || (topic !== null && name.topic !== topic)) continue;
    if (!(await pause())) {
      problems.push(`stopped before ${name.topic}-${name.partition}`);
      break;
    }
    const configs = effectiveConfigs(null, name.topic, '', new Map());
    const stats = await partitionStats(partition, { deep: false, configs, now, topKeys: 0, pause });
    problems.push(...stats.findings.map(({ file, detail }) => `${file}: ${detail}`));
    const active = stats.segments.at(-1);
    const cleaned = cleanedIn(dirname(directory));
    const first = active?.firstTimestamp ?? null;
    partitions.push({
      topic: name.topic,
      partition: name.partition,
      directory,
      segments: stats.segments.length,
      bytes: stats.bytes,
      activeSegmentBytes: active?.bytes ?? null,
      activeSegmentAgeMs: first === null ? null : Math.max(0, now - first),
      oldestRecordMs: stats.firstTimestamp,
      newestRecordMs: stats.largestTimestamp,
      // Without a checkpoint nobody can say what was cleaned; with one, what it does not name never was.
      cleanBytes: cleaned === null ? null : stats.compaction.cleanBytes,
      dirtyBytes: cleaned === null ? null : stats.compaction.dirtyBytes,
      cleanerCheckpoint: cleaned?.get(`${name.topic}-${name.partition}`) ?? null,
    });
  }
  if (partitions.length === 0) problems.push(`${path} holds no partition${topic === null ? '' : ` of ${topic}`}`);
  return { path, at: new Date(now).toISOString(), partitions, problems };
}
