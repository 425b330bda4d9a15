import { dirname } from 'node:path';
import { spanText } from '../../../health/span-text.ts';
import { escapeInline, escapeText } from '../../../render/escape.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { sparkline } from '../../../render/sparkline.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { type LocatedPartition, locate } from '../../../segments/locate.ts';
import { type PartitionStats, partitionStats } from '../../../segments/stats/partition-stats.ts';
import {
  brokerIdOf,
  type EffectiveConfig,
  effectiveConfigs,
  readStoredConfigs,
  type SettingName,
  type StoredConfigs,
} from '../../../segments/stats/stored-configs.ts';
import { optionsOf, type Run, type ValuesOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { present } from '../../present.ts';
import { bytesCell, bytesJson } from './bytes-text.ts';
import type { segmentsStats } from './descriptors.ts';
import { dumpError } from './dump-error.ts';
import { findingBlock, findingJson, indented } from './finding-lines.ts';
import { isoTime } from './iso-time.ts';
import { logBytes } from './log-bytes.ts';
import { ByteProgress, breathe } from './progress.ts';
import { sizeText } from './size-text.ts';
import { tuneEngine } from './tune-engine.ts';

type Values = ValuesOf<typeof segmentsStats>;

export const run: Run = async (invocation, io) => {
  tuneEngine();
  const options = optionsOf<typeof segmentsStats>(invocation);
  const located = locate(invocation.args);
  const problems = located.problems.map(dumpError);
  const stats: PartitionStats[] = [];
  const now = io.now();
  const { deep, top } = options;
  const settings = new Settings(given(options));
  const progress = new ByteProgress(io, logBytes(located.partitions));
  let before = 0;
  for (const partition of located.partitions) {
    if (io.interrupted.aborted) break;
    const configs = settings.of(partition);
    const pause = async (done: number): Promise<boolean> => {
      progress.update(before + done);
      await breathe();
      return !io.interrupted.aborted;
    };
    stats.push(await partitionStats(partition, { deep, configs, now, topKeys: top, pause }));
    before += logBytes([partition]);
  }
  progress.end();
  const bySegment = options.by === 'segment';
  await present(
    {
      document: () => ({
        kind: 'segments-stats',
        version: 1,
        at: new Date(now).toISOString(),
        partitions: stats.map(json),
        errors: problems,
      }),
      lines: () => stats.map(json),
      sheets: [bySegment ? segmentSheet(stats) : options.by === 'topic' ? topicSheet(stats) : partitionSheet(stats)],
      after: (style) => [
        ...stats.flatMap((each) => details(each, style, stats.length === 1)),
        ...stats.flatMap(({ findings }) => findings.flatMap((found) => findingBlock(found, style))),
      ],
      problems,
    },
    invocation.globals.output,
    io,
  );
  if (io.interrupted.aborted) return 130;
  if (problems.length > 0 && stats.length === 0) return 2;
  return problems.length > 0 || stats.some(({ findings }) => findings.length > 0) ? 5 : 0;
};

/** Settings by their names as a topic's, of those that were given. */
function given(options: Values): ReadonlyMap<SettingName, string> {
  const ratio = options.minCleanableDirtyRatio;
  if (ratio !== undefined && !/^(0(\.\d+)?|1(\.0+)?)$/.test(ratio)) {
    throw usage(`--min-cleanable-dirty-ratio ${ratio}: not a number from 0 to 1`);
  }
  const values: readonly (readonly [SettingName, string | number | undefined])[] = [
    ['cleanup.policy', options.cleanupPolicy],
    ['retention.ms', options.retention],
    ['retention.bytes', options.retentionBytes],
    ['segment.ms', options.segmentMs],
    ['segment.bytes', options.segmentBytes],
    ['min.compaction.lag.ms', options.minCompactionLag],
    ['min.cleanable.dirty.ratio', options.minCleanableDirtyRatio],
  ];
  return new Map(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/** Settings of topics; the metadata of a log directory is read once. */
class Settings {
  readonly #given: ReadonlyMap<SettingName, string>;
  readonly #stored = new Map<string, { readonly configs: StoredConfigs | null; readonly brokerId: string }>();

  constructor(values: ReadonlyMap<SettingName, string>) {
    this.#given = values;
  }

  of({ directory, name }: LocatedPartition): readonly EffectiveConfig[] {
    const root = dirname(directory);
    const stored = this.#stored.get(root) ?? { configs: readStoredConfigs(root), brokerId: brokerIdOf(root) };
    this.#stored.set(root, stored);
    return effectiveConfigs(stored.configs, name?.topic ?? null, stored.brokerId, this.#given);
  }
}

function json(stats: PartitionStats) {
  return {
    ...stats,
    firstTimestamp: isoTime(stats.firstTimestamp),
    largestTimestamp: isoTime(stats.largestTimestamp),
    keys:
      stats.keys === null
        ? null
        : { ...stats.keys, top: stats.keys.top.map(({ key, ...rest }) => ({ key: bytesJson(key, 'text'), ...rest })) },
    segments: stats.segments.map((segment) => ({
      ...segment,
      firstTimestamp: isoTime(segment.firstTimestamp),
      largestTimestamp: isoTime(segment.largestTimestamp),
      fate: { ...segment.fate, deletableAt: isoTime(segment.fate.deletableAt) },
    })),
    findings: stats.findings.map(findingJson),
  };
}

const deletableBytes = ({ segments }: PartitionStats): number =>
  segments.reduce((sum, { fate, bytes }) => sum + (fate.what === 'deletable' ? bytes : 0), 0);

const codecsText = (stats: PartitionStats): string | null => Object.keys(stats.codecs).sort().join(',') || null;

function partitionSheet(all: readonly PartitionStats[]): Sheet {
  return {
    columns: [
      { key: 'directory', header: 'DIRECTORY', kind: 'text', keep: 9 },
      { key: 'segments', header: 'SEGMENTS', kind: 'count', keep: 7 },
      { key: 'bytes', header: 'BYTES', kind: 'count', keep: 9 },
      { key: 'records', header: 'RECORDS', kind: 'count', keep: 9 },
      { key: 'batches', header: 'BATCHES', kind: 'count', keep: 6 },
      { key: 'codec', header: 'CODEC', kind: 'text', keep: 6 },
      { key: 'first', header: 'FIRST', kind: 'text', keep: 4 },
      { key: 'last', header: 'LAST', kind: 'text', keep: 8 },
      { key: 'deletable_bytes', header: 'DELETABLE', kind: 'count', keep: 8 },
      { key: 'dirty_ratio', header: 'DIRTY', kind: 'text', keep: 3 },
    ],
    rows: all.map((stats) => [
      stats.directory,
      stats.segments.length,
      stats.bytes,
      stats.records,
      stats.batches,
      codecsText(stats),
      isoTime(stats.firstTimestamp),
      isoTime(stats.largestTimestamp),
      deletableBytes(stats),
      stats.compaction.dirtyRatio?.toFixed(2) ?? null,
    ]),
  };
}

function segmentSheet(all: readonly PartitionStats[]): Sheet {
  return {
    columns: [
      { key: 'file', header: 'SEGMENT', kind: 'text', keep: 9 },
      { key: 'bytes', header: 'BYTES', kind: 'count', keep: 8 },
      { key: 'records', header: 'RECORDS', kind: 'count', keep: 7 },
      { key: 'batches', header: 'BATCHES', kind: 'count', keep: 3 },
      { key: 'last', header: 'NEWEST RECORD', kind: 'text', keep: 6 },
      { key: 'retention', header: 'RETENTION', kind: 'text', keep: 9 },
      { key: 'deletable_at', header: 'DELETABLE AT', kind: 'text', keep: 7 },
      { key: 'why', header: 'WHY', kind: 'text', keep: 9 },
    ],
    rows: all.flatMap(({ segments }) =>
      segments.map((segment) => [
        segment.file,
        segment.bytes,
        segment.records,
        segment.batches,
        isoTime(segment.largestTimestamp),
        segment.fate.what,
        isoTime(segment.fate.deletableAt),
        segment.fate.why,
      ]),
    ),
  };
}

function topicSheet(all: readonly PartitionStats[]): Sheet {
  const topics = new Map<string, PartitionStats[]>();
  for (const stats of all) {
    const name = stats.topic ?? stats.directory;
    topics.set(name, [...(topics.get(name) ?? []), stats]);
  }
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [...topics].map(([topic, partitions]) => {
    const sum = (of: (stats: PartitionStats) => number): number =>
      partitions.reduce((total, stats) => total + of(stats), 0);
    const largest = Math.max(...partitions.map(({ bytes }) => bytes));
    const bytes = sum((stats) => stats.bytes);
    const share = total === 0 ? null : `${((bytes / total) * 100).toFixed(1)}%`;
    const records = sum((stats) => stats.records);
    return [topic, partitions.length, bytes, share, sum(deletableBytes), records, largest] as const;
  });
  rows.sort((a, b) => b[2] - a[2]);
  return {
    columns: [
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partitions', header: 'PARTITIONS', kind: 'count', keep: 8 },
      { key: 'bytes', header: 'BYTES', kind: 'count', keep: 9 },
      { key: 'share', header: 'OF DISK', kind: 'text', keep: 7 },
      { key: 'deletable_bytes', header: 'DELETABLE', kind: 'count', keep: 8 },
      { key: 'records', header: 'RECORDS', kind: 'count', keep: 6 },
      { key: 'largest_partition', header: 'LARGEST PARTITION', kind: 'count', keep: 7 },
    ],
    rows,
  };
}

/** What no column holds: rate, codecs, keys, and why the log is not compacted. */
function details(stats: PartitionStats, style: Style, alone: boolean): string[] {
  const n = (value: number): string => numberText(value, style);
  const hot = stats.keys?.top.filter(({ count }) => count > 1) ?? [];
  if (!alone && hot.length === 0 && stats.leftoverBytes === 0) return [];
  const lines = [style.theme('strong', escapeInline(stats.directory))];
  if (stats.rate.length > 0 && stats.sliceMs > 0) {
    lines.push(
      `  rate     ${sparkline(stats.rate)}  ${spanText(stats.sliceMs)} each, by the largest timestamp of a batch`,
    );
  }
  for (const [name, codec] of Object.entries(stats.codecs)) {
    const ratio =
      codec.uncompressedBytes === null || codec.bytes === 0
        ? ''
        : `, ${(codec.uncompressedBytes / codec.bytes).toFixed(2)} × smaller than its records`;
    lines.push(
      `  ${name.padEnd(8)} ${n(codec.batches)} ${codec.batches === 1 ? 'batch' : 'batches'}, ${sizeText(codec.bytes, true)}${name === 'none' ? '' : ratio}`,
    );
  }
  if (stats.smallestBatch !== null && stats.largestBatch !== null) {
    const average = Math.round((stats.bytes - stats.unreadableBytes) / Math.max(1, stats.batches));
    lines.push(`  batches  ${n(stats.smallestBatch)}–${n(stats.largestBatch)} bytes, ${n(average)} on average`);
  }
  if (stats.keys !== null) {
    const { distinct, replaced, nullKeys, tombstones } = stats.keys;
    const keys = `about ${n(distinct)} distinct, about ${n(replaced)} records replaced by newer ones of the same key`;
    const none = `${n(nullKeys)} without key, ${n(tombstones)} ${tombstones === 1 ? 'tombstone' : 'tombstones'}`;
    lines.push(...indented('  keys     ', `${keys}, ${none}`, style));
    for (const { key, count, error } of hot) {
      const share = ((count / Math.max(1, stats.records)) * 100).toFixed(1);
      const at = error > 0 ? `${n(count - error)}–${n(count)}` : n(count);
      lines.push(`    ${escapeText(bytesCell(key, 'text') ?? '')}  ${at} records, ${share} %`);
    }
  }
  const set = stats.configs.filter(({ source }) => source !== 'default');
  const settings = set.map(({ name, value, source }) => `${name}=${value} (${source})`).join(', ');
  const told = escapeInline(settings) || "Kafka's defaults: give those that differ";
  lines.push(...indented('  settings ', told, style));
  const compaction = `${stats.compaction.due ? 'due' : 'not due'}: ${stats.compaction.why}`;
  lines.push(...indented('  compact  ', compaction, style));
  if (stats.leftoverBytes > 0) {
    const left = `${sizeText(stats.leftoverBytes, true)} in .deleted, .cleaned or .swap files`;
    const when = 'a running broker removes them after file.delete.delay.ms, a stopped one when it starts';
    lines.push(...indented('  left     ', `${left}: ${when}`, style));
  }
  if (stats.unreadableBytes > 0) {
    lines.push(style.theme('bad', `  ${n(stats.unreadableBytes)} bytes cannot be read: kmedic segments verify`));
  }
  return lines;
}
