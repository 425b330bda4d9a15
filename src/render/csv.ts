import { escapeText } from './escape.ts';
import type { CellValue, Sheet } from './sheet.ts';

/** RFC 4180: one header, CRLF-free lines, quotes where needed. All columns, whatever a terminal would show. */
export function renderCsv(sheet: Sheet): string {
  const lines = [sheet.columns.map((column) => field(column.key)).join(',')];
  for (let at = 0; at < sheet.rows.length; at++) {
    const row = sheet.rows.at(at) ?? [];
    lines.push(sheet.columns.map((_, index) => field(row[index] ?? null)).join(','));
  }
  return `${lines.join('\n')}\n`;
}

const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\n\r]|^\s|\s$/;

/**
 * One field. Unknown is empty; an empty text is `""`. Text that a spreadsheet would run as a formula gets a leading
 * apostrophe; numbers (also negative ones) stay numbers.
 */
function field(value: CellValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (value === '') return '""';
  const safe = FORMULA.test(value) ? `'${escapeText(value)}` : escapeText(value);
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
