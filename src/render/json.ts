import { escapeJson } from './escape.ts';

/** One document, indented, ending in a newline. Hostile characters are \u-escaped: the same JSON, safe on a terminal. */
export function renderJson(document: unknown): string {
  return `${escapeJson(JSON.stringify(document, null, 2))}\n`;
}

/** One document or row per line. */
export function renderJsonLine(document: unknown): string {
  return `${escapeJson(JSON.stringify(document))}\n`;
}
