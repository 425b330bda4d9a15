import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSideFile } from '../../src/segments/dump-side-file.ts';
import { fileKind } from '../../src/segments/file-kind.ts';
import { kafkaSideLines } from '../../src/segments/kafka-side-format.ts';
import { locate } from '../../src/segments/locate.ts';
import { salvagePartition } from '../../src/segments/salvage.ts';
import { partitionsToVerify, verifyPartition } from '../../src/segments/verify/verify.ts';
import { KAFKA_2, KAFKA_4 } from '../segments/fixtures.ts';
import { generator } from './segments-mutations.ts';

const RUNS = Number(process.env['KMEDIC_FUZZ_RUNS'] ?? 2000);
const SEED = Number(process.env['KMEDIC_FUZZ_SEED'] ?? 1);
const place = mkdtempSync(join(tmpdir(), 'kmedic-fuzz-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const partitions = [KAFKA_4, KAFKA_2].flatMap((root) =>
  readdirSync(root)
    .filter((name) => /-\d+$/.test(name) && !name.startsWith('large'))
    .map((name) => join(root, name)),
);
const sideFiles = [KAFKA_4, KAFKA_2]
  .flatMap((root) => readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name)))
  .filter((path) => !/^(log|unknown|metadata-snapshot)$/.test(fileKind(path).type));

function mutate(bytes: Buffer, pick: (below: number) => number): Buffer {
  if (bytes.length === 0 || pick(4) === 0) return Buffer.from(Array.from({ length: pick(200) }, () => pick(256)));
  for (let i = 0; i <= pick(3); i++) bytes[pick(bytes.length)] = pick(256);
  return pick(3) === 0 ? bytes.subarray(0, pick(bytes.length)) : bytes;
}

describe('files beside a log under damage', () => {
  it(`reads ${RUNS} of them without a crash`, () => {
    let findings = 0;
    for (let run = 0; run < RUNS; run++) {
      const pick = generator(SEED + run);
      const path = sideFiles[pick(sideFiles.length)] ?? '';
      const content = readSideFile(path, mutate(readFileSync(path), pick));
      kafkaSideLines(path, fileKind(path).type, content.entries);
      findings += content.findings.length;
    }
    expect(findings).toBeGreaterThan(RUNS / 10);
  });

  const directories = Math.ceil(RUNS / 20);
  it(`verifies and salvages ${directories} damaged partitions; what was salvaged is sound`, {
    timeout: 600_000,
  }, async () => {
    let damaged = 0;
    for (let run = 0; run < directories; run++) {
      const pick = generator(SEED * 7919 + run);
      const source = partitions[pick(partitions.length)] ?? '';
      const copy = join(place, `${run}`, 'source', 't-0');
      cpSync(source, copy, { recursive: true, filter: (path) => !path.endsWith('.txt') });
      const files = readdirSync(copy);
      for (let i = 0; i <= pick(2); i++) {
        const path = join(copy, files[pick(files.length)] ?? '');
        writeFileSync(path, mutate(readFileSync(path), pick));
      }
      const [partition] = partitionsToVerify(locate([copy]));
      if (partition === undefined) throw new Error('no partition');
      const options = { deep: true, now: Date.parse('2027-01-01'), pause: async () => true };
      const report = await verifyPartition(partition, options);
      if (report.findings.length > 0) damaged++;
      const target = join(place, `${run}`, 'target', 't-0');
      await salvagePartition(partition, target, async () => true);
      const [salvaged] = partitionsToVerify(locate([target]));
      if (salvaged === undefined) continue;
      const after = await verifyPartition(salvaged, options);
      // What clients wrote wrongly, and what is missing, is still so; every byte can be read.
      const bad = after.findings.filter(({ code, severity }) => severity === 'corrupt' && !/SEG-1[23]/.test(code));
      if (bad.length > 0) throw new Error(`seed ${SEED}, run ${run}: ${JSON.stringify(bad)}`);
      rmSync(join(place, `${run}`), { recursive: true });
    }
    expect(damaged).toBeGreaterThan(directories / 3);
  });
});
