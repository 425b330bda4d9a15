// How long `diagnose` and `report` take over a recording of very many groups in trouble, beside `lag` over the same file:
// 10,000 groups whose commits stand still, 4 samples. `--groups N` for another number, `--keep FILE` keeps the recording.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { recordingOf } from '../src/cluster/recording.ts';
import type { Snapshot } from '../src/cluster/snapshot.ts';
import { AT_MS, commit, group, member, partition, snapshot, topic } from '../test/health/build-snapshot.ts';
import { claim, median, type Run, runOnce } from './measure.ts';

const PARTITIONS = 10;
const SAMPLES = 4;
const EVERY_MS = 5_000;
const GROUPS_PER_TOPIC = 10;
const ROUNDS = 3;

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

const ids = Array.from({ length: PARTITIONS }, (_, id) => id);

/** Writers go on, every commit stands still. */
function stuck(groups: number, sample: number): Snapshot {
  const end = 1_000 + 50 * sample;
  const topics = Array.from({ length: Math.ceil(groups / GROUPS_PER_TOPIC) }, (_, at) =>
    topic(
      `topic-${at}`,
      ids.map((id) => partition(id, end)),
    ),
  );
  return snapshot(
    topics,
    Array.from({ length: groups }, (_, at) => {
      const name = `topic-${Math.floor(at / GROUPS_PER_TOPIC)}`;
      return group(`group-${String(at).padStart(5, '0')}`, {
        members: [member(`client-${at}`, { [name]: ids })],
        commits: ids.map((id) => commit(name, id, 900)),
      });
    }),
    { at: new Date(AT_MS + sample * EVERY_MS).toISOString() },
  );
}

async function measure(words: readonly string[]): Promise<{ readonly ms: number; readonly peakBytes: number }> {
  const runs: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const run = await runOnce(process.execPath, ['bin/kmedic.js', ...words]);
    if (run.code !== 0 && run.code !== 1) throw new Error(`${words.join(' ')}: exit ${run.code}`);
    runs.push(run);
  }
  const [ms, peakBytes] = [median(runs.map(({ wallMs }) => wallMs)), Math.max(...runs.map((run) => run.peakBytes))];
  const out = runs[0]?.stdoutBytes ?? 0;
  console.log(
    `  ${(words[0] ?? '').padEnd(10)}${(ms / 1000).toFixed(2)} s, ${(peakBytes / 1e6).toFixed(0)} MB, ${out} bytes of output`,
  );
  return { ms, peakBytes };
}

async function main(): Promise<void> {
  const groups = Number(option('--groups') ?? 10_000);
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-bench-'));
  const file = option('--keep') ?? join(directory, 'stuck.kmedic');
  try {
    const samples = Array.from({ length: SAMPLES }, (_, sample) => stuck(groups, sample));
    const [first] = samples;
    if (first === undefined) throw new Error('no samples');
    writeFileSync(file, gzipSync(JSON.stringify({ ...recordingOf(first), samples })));
    console.log(`${groups} stuck groups of ${PARTITIONS} partitions, ${SAMPLES} samples, medians of ${ROUNDS}`);
    const lag = await measure(['lag', '--from', file]);
    const diagnosed = await measure(['diagnose', '--no-input', '--from', file]);
    const reported = await measure(['report', file]);
    claim('diagnose, of lag’s time', diagnosed.ms / lag.ms, 3);
    claim('report, of lag’s time', reported.ms / lag.ms, 3);
    claim('memory of diagnose, of lag’s', diagnosed.peakBytes / lag.peakBytes, 1.3);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
