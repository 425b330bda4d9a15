import type { ReadableBytes, RecordDocument } from '../../../offsets/record-document.ts';
import type { CellValue, Sheet } from '../../../render/sheet.ts';

/** One row per record; the one at the position carries a sign. Long values are cut for the table, never for JSON. */
export function recordsSheet(records: readonly RecordDocument[], position: number): Sheet {
  const next = records.find(({ offset }) => offset >= position)?.offset;
  return {
    columns: [
      { key: 'next', header: '', kind: 'text', keep: 9, toned: true },
      { key: 'offset', header: 'OFFSET', kind: 'id', keep: 9, toned: true },
      { key: 'timestamp', header: 'TIMESTAMP', kind: 'text', keep: 6 },
      { key: 'bytes', header: 'BYTES', kind: 'count', keep: 3 },
      { key: 'key', header: 'KEY', kind: 'text', keep: 8 },
      { key: 'value', header: 'VALUE', kind: 'text', keep: 9 },
      { key: 'headers', header: 'HEADERS', kind: 'text', keep: 5 },
    ],
    rows: records.map(({ offset, timestamp, bytes, key, value, headers }): CellValue[] => [
      offset === next ? '→' : ' ',
      offset,
      timestamp,
      bytes,
      bytesText(key),
      bytesText(value),
      headers.map((header) => `${header.key}=${bytesText(header.value) ?? 'null'}`).join(' ') || null,
    ]),
    tone: (at) => (records[at]?.offset === next ? 'strong' : null),
  };
}

const LONGEST = 60;

function bytesText(bytes: ReadableBytes | null): string | null {
  if (bytes === null) return null;
  const text =
    bytes.as === 'json' ? JSON.stringify(bytes.value) : bytes.as === 'hex' ? `0x${bytes.value}` : bytes.value;
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}
