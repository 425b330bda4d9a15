import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { diffPartitions } from '../../src/segments/diff.ts';
import { readSideFile } from '../../src/segments/dump-side-file.ts';
import { fileKind } from '../../src/segments/file-kind.ts';
import { type FindResult, findOffset, findTime } from '../../src/segments/find.ts';
import { storedGroups } from '../../src/segments/groups.ts';
import { kafkaSideLines } from '../../src/segments/kafka-side-format.ts';
import { type LocatedPartition, locate } from '../../src/segments/locate.ts';
import { salvagePartition } from '../../src/segments/salvage.ts';
import { partitionStats } from '../../src/segments/stats/partition-stats.ts';
import { effectiveConfigs } from '../../src/segments/stats/stored-configs.ts';
import { partitionsToVerify, verifyPartition } from '../../src/segments/verify/verify.ts';
import { LOG_DIRECTORIES } from '../segments/fixtures.ts';
import { fingerprint, generator, samples } from './segments-mutations.ts';

const RUNS = Number(process.env['KMEDIC_FUZZ_RUNS'] ?? 2000);
const SEED = Number(process.env['KMEDIC_FUZZ_SEED'] ?? 1);
const HOUR = 3_600_000;
/** Twice what reading such files takes; a reader that keeps what it read would soon pass it. */
const MAX_MEMORY = 1024 * 1024 * 1024;
// In memory where that is possible: salvage flushes what it writes.
const place = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kmedic-fuzz-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const pause = async (): Promise<boolean> => true;
const CONFIGS = effectiveConfigs(null, null, '', new Map());
const NOW = Date.parse('2027-01-01');

const partitions = LOG_DIRECTORIES.flatMap((root) =>
  readdirSync(root)
    .filter((name) => /-\d+$/.test(name))
    .map((name) => join(root, name)),
);
const knownIn = new Map<string, Set<string>>();
for (const { path, known } of samples()) {
  const directory = join(path, '..');
  knownIn.set(directory, new Set([...(knownIn.get(directory) ?? []), ...known]));
}
const sideFiles = LOG_DIRECTORIES.flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)),
).filter((path) => statSync(path).isFile() && !/^(log|unknown|metadata-snapshot)$/.test(fileKind(path).type));

function mutate(bytes: Buffer, pick: (below: number) => number): Buffer {
  if (bytes.length === 0 || pick(4) === 0) return Buffer.from(Array.from({ length: pick(200) }, () => pick(256)));
  for (let i = 0; i <= pick(3); i++) bytes[pick(bytes.length)] = pick(256);
  return pick(3) === 0 ? bytes.subarray(0, pick(bytes.length)) : bytes;
}

function only(directory: string): LocatedPartition | null {
  return partitionsToVerify(locate([directory])).find(({ complete }) => complete) ?? null;
}

/** A damaged copy of a partition, and the words for where to look when something is wrong with what is made of it. */
function damaged(run: number): { readonly source: string; readonly copy: LocatedPartition; readonly what: string } {
  const pick = generator(SEED * 7919 + run);
  const source = partitions[pick(partitions.length)] ?? '';
  const copy = join(place, `${run}`, basename(source));
  cpSync(source, copy, { recursive: true, filter: (path) => !path.endsWith('.txt') });
  const files = readdirSync(copy);
  for (let i = 0; i <= pick(2); i++) {
    const path = join(copy, files[pick(files.length)] ?? '');
    rmSync(path);
    writeFileSync(path, mutate(readFileSync(join(source, basename(path))), pick));
  }
  const located = only(copy);
  if (located === null) throw new Error('no partition');
  return { source, copy: located, what: `seed ${SEED}, run ${run}, ${source}` };
}

describe('files beside a log under damage', () => {
  it(`reads ${RUNS} of them without a crash`, { timeout: 4 * HOUR }, () => {
    let findings = 0;
    for (let run = 0; run < RUNS; run++) {
      const pick = generator(SEED + run);
      const path = sideFiles[pick(sideFiles.length)] ?? '';
      const content = readSideFile(path, mutate(readFileSync(path), pick));
      kafkaSideLines(path, fileKind(path).type, [...content.entries], run % 2 === 0);
      findings += content.findings.length;
    }
    expect(findings).toBeGreaterThan(RUNS / 10);
  });
});

describe('damaged partitions', () => {
  const directories = Math.ceil(RUNS / 20);

  it(`verifies and salvages ${directories}; what was salvaged is sound`, { timeout: 4 * HOUR }, async () => {
    let found = 0;
    for (let run = 0; run < directories; run++) {
      const { copy, what } = damaged(run);
      const options = { deep: true, now: NOW, pause };
      const report = await verifyPartition(copy, options);
      if (report.findings.length > 0) found++;
      const target = join(place, `${run}`, 'target', basename(copy.directory));
      await salvagePartition(copy, target, pause);
      const salvaged = only(target);
      if (salvaged === null) continue;
      const after = await verifyPartition(salvaged, options);
      // What clients wrote wrongly, and what is missing, is still so; every byte can be read.
      const bad = after.findings.filter(({ code, severity }) => severity === 'corrupt' && !/SEG-1[23]/.test(code));
      if (bad.length > 0) throw new Error(`${what}: ${JSON.stringify(bad)}`);
      rmSync(join(place, `${run}`), { recursive: true });
    }
    expect(found).toBeGreaterThan(directories / 3);
    expect(process.memoryUsage().rss).toBeLessThan(MAX_MEMORY);
  });

  it(`counts, searches and compares ${directories}; finds nothing that nobody wrote`, {
    timeout: 4 * HOUR,
  }, async () => {
    let hits = 0;
    for (let run = 0; run < directories; run++) {
      const { source, copy, what } = damaged(run);
      const pick = generator(SEED * 104_729 + run);
      const known = knownIn.get(source);
      const check = ({ found }: FindResult): void => {
        if (found?.record == null) return;
        hits++;
        if (known?.has(fingerprint(found.record)) !== true) throw new Error(`${what}: a record that nobody wrote`);
      };
      check(findOffset(copy, pick(40)));
      check(findTime(copy, 1_700_000_000_000 + pick(900_000)));
      const stats = await partitionStats(copy, { deep: true, configs: CONFIGS, now: NOW, topKeys: 5, pause });
      if (stats.records < 0 || Number.isNaN(stats.bytes)) throw new Error(`${what}: ${JSON.stringify(stats)}`);
      await storedGroups([copy], pause);
      const original = only(source);
      if (original !== null) await diffPartitions(original, copy, pause);
      rmSync(join(place, `${run}`), { recursive: true });
    }
    expect(hits).toBeGreaterThan(directories / 4);
    expect(process.memoryUsage().rss).toBeLessThan(MAX_MEMORY);
  });
});
