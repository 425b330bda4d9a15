import type { CellValue, Column } from '../../../render/sheet.ts';
import type { BatchRow } from '../../../segments/batch-row.ts';
import type { Control } from '../../../segments/decode/control.ts';
import type { Decoded, Undecoded } from '../../../segments/decode/decoders.ts';
import { compactJson, type Json } from '../../../segments/decode/json-text.ts';
import type { SideEntry } from '../../../segments/dump-side-file.ts';
import { type ByteFormat, bytesCell, bytesJson } from './bytes-text.ts';
import type { DumpedRecord, Layout } from './dump-sink.ts';
import { isoTime } from './iso-time.ts';

/** How keys, values and headers are shown. */
export interface Showing {
  readonly keys: ByteFormat;
  readonly values: ByteFormat;
  readonly headers: boolean;
}

const FILE: Column = { key: 'file', header: 'FILE', kind: 'text', keep: 0, wide: true };

export function batchLayout(file: () => string): Layout<BatchRow> {
  return {
    columns: [
      FILE,
      { key: 'base_offset', header: 'BASE OFFSET', kind: 'count', keep: 9 },
      { key: 'last_offset', header: 'LAST OFFSET', kind: 'count', keep: 9 },
      { key: 'records', header: 'RECORDS', kind: 'count', keep: 9 },
      { key: 'timestamp', header: 'TIMESTAMP', kind: 'text', keep: 8 },
      { key: 'timestamp_type', header: 'TYPE', kind: 'text', keep: 1, wide: true },
      { key: 'codec', header: 'CODEC', kind: 'text', keep: 7 },
      { key: 'size', header: 'BYTES', kind: 'count', keep: 7 },
      { key: 'position', header: 'POSITION', kind: 'count', keep: 8 },
      { key: 'leader_epoch', header: 'LEADER EPOCH', kind: 'id', keep: 5, wide: true },
      { key: 'producer_id', header: 'PRODUCER', kind: 'id', keep: 6 },
      { key: 'producer_epoch', header: 'EPOCH', kind: 'id', keep: 5 },
      { key: 'base_sequence', header: 'SEQUENCE', kind: 'count', keep: 5 },
      { key: 'flags', header: 'FLAGS', kind: 'text', keep: 6 },
      { key: 'delete_horizon', header: 'DELETE HORIZON', kind: 'text', keep: 1, wide: true },
      { key: 'magic', header: 'MAGIC', kind: 'id', keep: 1, wide: true },
      { key: 'crc', header: 'CRC', kind: 'text', keep: 8 },
    ],
    cells: (row) => [
      file(),
      row.baseOffset,
      row.lastOffset,
      row.records,
      isoTime(row.timestamp),
      row.timestampType,
      row.codec,
      row.size,
      row.position,
      row.leaderEpoch,
      row.producerId,
      row.producerEpoch,
      row.baseSequence,
      flags(row),
      isoTime(row.deleteHorizon),
      row.magic,
      row.valid === null ? null : row.valid ? 'ok' : 'BAD',
    ],
  };
}

function flags(row: BatchRow): CellValue {
  const set = [
    ...(row.transactional ? ['transactional'] : []),
    ...(row.control ? ['control'] : []),
    ...(row.magic < 2 ? [`v${row.magic}`] : []),
  ];
  return set.length === 0 ? null : set.join(',');
}

export function recordLayout(file: () => string, showing: Showing): Layout<DumpedRecord> {
  return {
    columns: [
      FILE,
      { key: 'offset', header: 'OFFSET', kind: 'count', keep: 9 },
      { key: 'timestamp', header: 'TIMESTAMP', kind: 'text', keep: 8 },
      { key: 'key_size', header: 'KEY BYTES', kind: 'count', keep: 2, wide: true },
      { key: 'value_size', header: 'VALUE BYTES', kind: 'count', keep: 2, wide: true },
      { key: 'sequence', header: 'SEQUENCE', kind: 'count', keep: 2, wide: true },
      ...(showing.headers ? ([{ key: 'headers', header: 'HEADERS', kind: 'text', keep: 9 }] as const) : []),
      { key: 'key', header: 'KEY', kind: 'text', keep: 9 },
      { key: 'value', header: 'VALUE', kind: 'text', keep: 9 },
    ],
    cells: (dumped) => {
      const { record } = dumped;
      const [key, value] = keyAndValue(dumped, showing);
      return [
        file(),
        record.offset,
        isoTime(record.timestamp),
        record.key?.length ?? null,
        record.value?.length ?? null,
        record.sequence < 0 ? null : record.sequence,
        ...(showing.headers ? [headersCell(dumped, showing)] : []),
        key,
        value,
      ];
    },
  };
}

function keyAndValue(dumped: DumpedRecord, showing: Showing): readonly [CellValue, CellValue] {
  const { record, control, decoded } = dumped;
  if (control !== null) return ['(control)', controlText(control)];
  if (decoded !== null && !('problem' in decoded)) {
    return [decodedKey(decoded), decoded.value === null ? '(tombstone)' : compactJson(decoded.value)];
  }
  const key = bytesCell(record.key, showing.keys);
  if (decoded !== null) return [key, `(${decoded.message})`];
  return [key, bytesCell(record.value, showing.values)];
}

function decodedKey(decoded: Decoded): string {
  return decoded.key === null ? decoded.kind : `${decoded.kind} ${compactJson(decoded.key)}`;
}

function controlText(control: Control | string): string {
  if (typeof control === 'string') return control;
  const { type, typeId, coordinatorEpoch, message } = control;
  const name = type === 'UNKNOWN' ? `type ${typeId}` : type;
  if (coordinatorEpoch !== null) return `${name} by coordinator epoch ${coordinatorEpoch}`;
  return message === null ? name : `${name} ${compactJson(message)}`;
}

function headersCell({ record }: DumpedRecord, showing: Showing): CellValue {
  if (record.headers.length === 0) return null;
  return record.headers.map(({ key, value }) => `${key}=${bytesCell(value, showing.values) ?? 'null'}`).join(', ');
}

/** A record for JSON. */
export function recordJson({ record, control, decoded }: DumpedRecord, showing: Showing): Record<string, unknown> {
  return {
    type: 'record',
    offset: record.offset,
    timestamp: isoTime(record.timestamp),
    timestampType: record.timestampType,
    sequence: record.sequence < 0 ? null : record.sequence,
    keySize: record.key?.length ?? null,
    valueSize: record.value?.length ?? null,
    ...(control === null ? {} : { control: controlJson(control) }),
    ...(control !== null || showing.keys === 'none' ? {} : { key: bytesJson(record.key, showing.keys) }),
    ...(control !== null || showing.values === 'none' ? {} : { value: bytesJson(record.value, showing.values) }),
    ...(showing.headers
      ? { headers: record.headers.map(({ key, value }) => ({ key, value: bytesJson(value, showing.values) })) }
      : {}),
    ...(decoded === null ? {} : { decoded: decodedJson(decoded) }),
  };
}

function controlJson(control: Control | string): Json | { readonly problem: string } {
  if (typeof control === 'string') return { problem: control };
  const { type, typeId, coordinatorEpoch, message } = control;
  return { type, typeId, coordinatorEpoch, message };
}

function decodedJson(decoded: Decoded | Undecoded): unknown {
  if ('problem' in decoded) return { problem: decoded.problem, type: decoded.type, message: decoded.message };
  const { kind, type, key, version, value } = decoded;
  return { kind, type, key, version, value };
}

/** A batch for JSON: times as texts. */
export function batchJson(row: BatchRow): Record<string, unknown> {
  return { type: 'batch', ...row, timestamp: isoTime(row.timestamp), deleteHorizon: isoTime(row.deleteHorizon) };
}

/** Columns of a file beside a log, by its first entry. */
export function sideLayout(file: () => string, entry: SideEntry): Layout<SideEntry> {
  const names = Object.keys(entry);
  return {
    columns: [
      FILE,
      // Where not all of them fit, the first ones stay.
      ...names.map((name, at): Column => {
        const header = name.replace(/[A-Z]/g, ' $&').toUpperCase();
        const key = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        const text = typeof entry[name] === 'string' || /timestamp/i.test(name);
        return { key, header, kind: text ? 'text' : /Id|Epoch|epoch/.test(name) ? 'id' : 'count', keep: 9 - at / 16 };
      }),
    ],
    cells: (each) => [
      file(),
      ...names.map((name) => {
        const value = each[name] ?? null;
        return /timestamp/i.test(name) && typeof value === 'number' ? isoTime(value) : value;
      }),
    ],
  };
}
