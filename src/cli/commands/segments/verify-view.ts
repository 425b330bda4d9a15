import type { Problem } from '../../../cluster/snapshot.ts';
import { spanText } from '../../../health/span-text.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { CODES, type Finding } from '../../../segments/findings.ts';
import type { PartitionReport, RootReport } from '../../../segments/verify/verify.ts';
import { findingBlock, findingJson, findingLine, findingSeen, indented } from './finding-lines.ts';
import { sizeText } from './size-text.ts';

export interface VerifyResult {
  readonly at: string;
  readonly tookMs: number;
  readonly roots: readonly RootReport[];
  readonly reports: readonly PartitionReport[];
  readonly deep: boolean;
}

const SEVERITY_ORDER = { corrupt: 0, warning: 1, note: 2 } as const;

/** What is wrong first; of each partition a verdict, its findings, and what was checked and is sound. */
export function verifyBlocks(result: VerifyResult, style: Style): string[] {
  const lines: string[] = [];
  for (const root of result.roots.filter(({ findings }) => findings.length > 0)) {
    lines.push(`${verdict(root.findings, root.directory, style)} its root`);
    if (style.human) lines.push(...blocks(root.findings, style));
  }
  const reports = [...result.reports].sort((a, b) => worst(a.findings) - worst(b.findings));
  const many = reports.length > 5;
  for (const report of reports) {
    // Of a whole log directory only what has something to say is told one by one.
    if (many && worst(report.findings) >= SEVERITY_ORDER.note) continue;
    const n = (value: number): string => numberText(value, style);
    const size = `${n(report.segments)} ${plural(report.segments, 'segment')}, ${sizeText(report.bytes, true)}, ${n(report.batches)} ${plural(report.batches, 'batch', 'batches')}, ${n(report.records)} ${plural(report.records, 'record')}`;
    const nothing =
      report.files.length === 0 && report.findings.length > 0 && worst(report.findings) === SEVERITY_ORDER.note;
    lines.push(
      nothing
        ? `${style.theme('warn', '!')} ${style.theme('strong', escapeInline(report.directory))}: nothing was checked`
        : `${verdict(report.findings, report.directory, style)} ${size}`,
    );
    // On a pipe the findings are rows.
    if (!style.human) continue;
    lines.push(...blocks(report.findings, style));
    if (report.batches === 0) continue;
    const sound = indented('✓ ', soundText(report, result.deep, n), style);
    lines.push(...sound.map((line) => style.theme('good', line)));
  }
  lines.push(style.theme('muted', totals(result, style)));
  return lines;
}

function verdict(findings: readonly Finding[], directory: string, style: Style): string {
  const corrupt = findings.filter(({ severity }) => severity === 'corrupt').length;
  const name = style.theme('strong', escapeInline(directory));
  if (corrupt > 0)
    return `${style.theme('bad', '✗')} ${name}: ${corrupt} corrupt of ${findings.length} ${plural(findings.length, 'finding')} in`;
  if (findings.length > 0)
    return `${style.theme('good', '✓')} ${name}: sound, ${findings.length} ${plural(findings.length, 'finding')} in`;
  return `${style.theme('good', '✓')} ${name}: sound,`;
}

/** What a kind of finding means, and what to do, is said once. */
function blocks(findings: readonly Finding[], style: Style): string[] {
  const explained = new Set<string>();
  return [...findings]
    .sort((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity])
    .flatMap((found) => {
      if (found.severity === 'note') return [findingLine(found, style)];
      if (explained.has(found.code)) return findingSeen(found, style);
      explained.add(found.code);
      return findingBlock(found, style);
    });
}

function worst(findings: readonly Finding[]): number {
  return findings.reduce((least, { severity }) => Math.min(least, SEVERITY_ORDER[severity]), 3);
}

function soundText(report: PartitionReport, deep: boolean, n: (value: number) => string): string {
  const sound = report.batches - report.badBatches;
  const which =
    report.badBatches > 0 ? `the other ${n(sound)} batches` : `${n(sound)} ${plural(sound, 'batch', 'batches')}`;
  const transactions = `transactions (${n(report.committed)} committed, ${n(report.aborted)} aborted, ${n(report.open)} open)`;
  const inside = deep
    ? 'every record'
    : report.codecs.length > 0
      ? `${report.codecs.join(', ')} not decompressed (--deep does)`
      : 'records not read one by one (--deep does)';
  return `${which}: CRC, offsets, counts, sequences, epochs, ${transactions}, ${n(report.indexEntries)} index entries; ${inside}`;
}

function totals({ roots, reports, tookMs }: VerifyResult, style: Style): string {
  const n = (value: number): string => numberText(value, style);
  const bytes = reports.reduce((sum, report) => sum + report.bytes, 0);
  const corrupt = reports.filter(({ findings }) => worst(findings) === 0).length;
  const partitions = `${n(reports.length)} ${plural(reports.length, 'partition')}, ${n(corrupt)} corrupt`;
  // Notes of a whole log directory are not told one by one on a terminal.
  const findings = [...roots, ...reports].flatMap((each) => each.findings);
  const rest = (['warning', 'note'] as const).flatMap((severity) => {
    const count = findings.filter((found) => found.severity === severity).length;
    return count === 0 ? [] : [`${n(count)} ${plural(count, severity)}`];
  });
  const others = rest.length === 0 ? '' : ` · ${rest.join(', ')} (-o csv has all)`;
  return `${partitions}${others} · ${sizeText(bytes, true)} in ${spanText(tookMs)}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** One row per finding. */
export function findingsSheet({ roots, reports }: VerifyResult): Sheet {
  const findings = [...roots, ...reports].flatMap((each) => each.findings);
  return {
    columns: [
      { key: 'severity', header: 'SEVERITY', kind: 'text', keep: 9 },
      { key: 'code', header: 'CODE', kind: 'text', keep: 9 },
      { key: 'file', header: 'FILE', kind: 'text', keep: 9 },
      { key: 'position', header: 'BYTE', kind: 'count', keep: 8 },
      { key: 'length', header: 'BYTES', kind: 'count', keep: 3 },
      { key: 'first_offset', header: 'FIRST OFFSET', kind: 'count', keep: 7 },
      { key: 'last_offset', header: 'LAST OFFSET', kind: 'count', keep: 7 },
      { key: 'title', header: 'WHAT', kind: 'text', keep: 9 },
      { key: 'detail', header: 'DETAIL', kind: 'text', keep: 6 },
    ],
    rows: findings.map((found) => [
      found.severity,
      found.code,
      found.file,
      found.position,
      found.length,
      found.offsets?.[0] ?? null,
      found.offsets?.[1] ?? null,
      CODES[found.code].title,
      found.detail,
    ]),
  };
}

/** The document of kind `segments`. */
export function verifyDocument(result: VerifyResult, errors: readonly Problem[]) {
  const places = [...result.roots, ...result.reports];
  const findings = places.flatMap((each) => each.findings);
  const files = places.flatMap((each) => each.files);
  const known = new Set(files.map(({ file }) => file));
  // What could not be read at all has a finding and nothing else.
  const unread = [...new Set(findings.map(({ file }) => file))]
    .filter((file) => !known.has(file))
    .map((file) => ({
      file,
      type: 'unknown' as const,
      bytes: 0,
      batches: null,
      records: null,
      firstOffset: null,
      lastOffset: null,
    }));
  return {
    kind: 'segments' as const,
    version: 1 as const,
    at: result.at,
    files: [...files, ...unread].map(({ file, type, bytes, records, batches, firstOffset, lastOffset }) => ({
      file,
      type,
      bytes,
      records,
      batches,
      firstOffset,
      lastOffset,
      findings: findings.filter((found) => found.file === file).map(findingJson),
    })),
    partitions: result.reports.map((report) => ({
      directory: report.directory,
      topic: report.topic,
      partition: report.partition,
      segments: report.segments,
      batches: report.batches,
      badBatches: report.badBatches,
      records: report.records,
      bytes: report.bytes,
      indexEntries: report.indexEntries,
      transactions: { committed: report.committed, aborted: report.aborted, open: report.open },
      compacted: report.compacted,
      codecs: report.codecs,
      sound: worst(report.findings) > 0,
    })),
    errors,
  };
}
