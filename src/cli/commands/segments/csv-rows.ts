import { renderCsv } from '../../../render/csv.ts';
import type { CellValue, Column } from '../../../render/sheet.ts';
import type { RowWriter } from './table-sink.ts';

const CHUNK = 256;

/** CSV in bounded memory: the header once, rows as they come. */
export function csvRows(columns: readonly Column[], write: (text: string) => void): RowWriter {
  let rows: (readonly CellValue[])[] = [];
  let headed = false;
  const flush = (): void => {
    if (headed && rows.length === 0) return;
    const text = renderCsv({ columns, rows });
    write(headed ? text.slice(text.indexOf('\n') + 1) : text);
    headed = true;
    rows = [];
  };
  return {
    row: (values) => {
      rows.push(values);
      if (rows.length >= CHUNK) flush();
    },
    end: flush,
  };
}
