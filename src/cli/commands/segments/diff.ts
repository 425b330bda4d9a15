import { escapeInline } from '../../../render/escape.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { type DiffResult, diffPartitions, type Extent } from '../../../segments/diff.ts';
import { type LocatedPartition, locate } from '../../../segments/locate.ts';
import type { Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { present } from '../../present.ts';
import { dumpError } from './dump-error.ts';
import { findingBlock, findingJson } from './finding-lines.ts';
import { logBytes } from './log-bytes.ts';
import { ByteProgress, breathe } from './progress.ts';

export const run: Run = async (invocation, io) => {
  const [left, right, ...more] = invocation.args;
  if (left === undefined || right === undefined || more.length > 0) {
    throw usage('segments diff compares two directories', 'kmedic segments diff A/orders-1 B/orders-1');
  }
  const [a, b] = [onePartition(left), onePartition(right)];
  const progress = new ByteProgress(io, logBytes([a, b]));
  const result = await diffPartitions(a, b, async (done) => {
    progress.update(done);
    await breathe();
    return !io.interrupted.aborted;
  });
  progress.end();
  const findings = [...result.left.findings, ...result.right.findings];
  await present(
    {
      document: () => ({
        kind: 'segments-diff',
        version: 1,
        at: new Date(io.now()).toISOString(),
        left: { directory: left, ...sideJson(result.left) },
        right: { directory: right, ...sideJson(result.right) },
        sameBatches: result.same,
        differences: result.differences,
        total: result.total,
        errors: [],
      }),
      lines: () => result.differences,
      sheets: result.total === 0 && io.outIsTty ? [] : [sheet(result)],
      before: (style) => summary(left, right, result, style),
      after: (style) => findings.flatMap((found) => findingBlock(found, style)),
      problems: [],
    },
    invocation.globals.output,
    io,
  );
  if (io.interrupted.aborted) return 130;
  if (findings.length > 0 && result.total === 0) return 5;
  return result.total === 0 && result.left.damagedBytes + result.right.damagedBytes === 0 ? 0 : 1;
};

function sideJson({ findings, ...extent }: Extent) {
  return { ...extent, findings: findings.map(findingJson) };
}

function onePartition(path: string): LocatedPartition {
  const { partitions, problems } = locate([path]);
  const [problem] = problems;
  if (problem !== undefined) {
    const { message, advice } = dumpError(problem);
    throw usage(message, advice);
  }
  const [partition] = partitions;
  if (partition === undefined || partitions.length > 1) throw usage(`${path}: not the directory of one partition`);
  return partition;
}

function summary(left: string, right: string, result: DiffResult, style: Style): string[] {
  const n = (value: number): string => numberText(value, style);
  const side = (name: string, extent: Extent): string => {
    const range = extent.startOffset === null ? 'empty' : `[${n(extent.startOffset)}, ${n(extent.endOffset ?? 0)})`;
    const damaged = extent.damagedBytes === 0 ? '' : `, ${n(extent.damagedBytes)} bytes unreadable`;
    return `  ${escapeInline(name)}  ${range}${damaged}`;
  };
  const [first] = result.differences;
  const verdict =
    first === undefined
      ? `${style.theme('good', '✓')} the same where both have records: ${n(result.same)} batches`
      : `${style.theme('bad', '✗')} first difference at offset ${n(first.offset)}: ${WORDS[first.kind]}; ${n(result.total)} in all, ${n(result.same)} batches are the same`;
  return [verdict, side(left, result.left), side(right, result.right)];
}

const WORDS = {
  content: 'other bytes under the same offsets',
  epoch: 'the same records under another leader epoch',
  borders: 'batches with other borders (compacted on one side?)',
  'missing-left': 'only the second has it',
  'missing-right': 'only the first has it',
  'damaged-left': 'the CRC fails in the first',
  'damaged-right': 'the CRC fails in the second',
} as const;

function sheet({ differences }: DiffResult): Sheet {
  return {
    columns: [
      { key: 'offset', header: 'OFFSET', kind: 'count', keep: 9 },
      { key: 'kind', header: 'DIFFERENCE', kind: 'text', keep: 9 },
      { key: 'left_position', header: 'LEFT BYTE', kind: 'count', keep: 8 },
      { key: 'left_epoch', header: 'LEFT EPOCH', kind: 'id', keep: 7 },
      { key: 'left_file', header: 'LEFT FILE', kind: 'text', keep: 2, wide: true },
      { key: 'right_position', header: 'RIGHT BYTE', kind: 'count', keep: 8 },
      { key: 'right_epoch', header: 'RIGHT EPOCH', kind: 'id', keep: 7 },
      { key: 'right_file', header: 'RIGHT FILE', kind: 'text', keep: 2, wide: true },
    ],
    rows: differences.map(({ kind, offset, left, right }) => [
      offset,
      kind,
      left?.position ?? null,
      left?.leaderEpoch ?? null,
      left?.file ?? null,
      right?.position ?? null,
      right?.leaderEpoch ?? null,
      right?.file ?? null,
    ]),
  };
}
