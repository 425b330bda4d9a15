import { escapeInline } from './escape.ts';

/** Strangers' text inside Markdown: nothing in it formats, links, or ends a table cell. Digits and words stay readable. */
export function escapeMarkdown(text: string): string {
  return escapeInline(text)
    .replace(/[\\`*[\]|<>]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/^(?=[#>+-]|\d+[.)])/, '\\');
}

/** Text as code, whatever backticks are in it. */
export function markdownCode(text: string): string {
  const shown = escapeInline(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}
