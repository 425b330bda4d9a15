import { countText } from '../../../health/count-text.ts';
import type { ApplyDocument, GroupOutcome } from '../../../offsets/apply-document.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { CellValue, Sheet } from '../../../render/sheet.ts';
import type { Style } from '../../../render/style.ts';

/** One row per partition that was sent. */
export function applySheet({ groups }: ApplyDocument): Sheet {
  const rows = groups.flatMap(({ group, partitions }) => partitions.map((partition) => ({ group, ...partition })));
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 8 },
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'before', header: 'BEFORE', kind: 'count', keep: 6 },
      { key: 'target', header: '→ TARGET', kind: 'count', keep: 7 },
      { key: 'now', header: 'NOW', kind: 'count', keep: 8 },
      { key: 'result', header: 'RESULT', kind: 'text', keep: 9, toned: true },
      { key: 'error', header: '', kind: 'text', keep: 7 },
    ],
    rows: rows.map(({ group, topic, partition, committed, target, now, result, error }): CellValue[] => [
      group,
      topic,
      partition,
      committed,
      target,
      now?.offset ?? null,
      result,
      error === null ? ' ' : `${error.name}: ${error.message}`,
    ]),
    tone: (at) => (rows[at]?.result === 'applied' ? 'good' : 'bad'),
  };
}

/** One line per group: what happened, why, and what to do. */
export function outcomeLines(groups: readonly GroupOutcome[], style: Style): string[] {
  return groups.flatMap(({ group, result, reason, advice, partitions, drift, notes }) => {
    const name = escapeInline(group);
    if (result === 'applied') {
      const accepted = drift.length === 0 ? '' : `, ${drift.length} accepted as drifted`;
      return [
        style.theme('good', `✓ ${name}: ${countText(partitions.length, 'partition')} set and read back${accepted}`),
        ...notes.map((note) => `  ${escapeInline(note)}`),
      ];
    }
    if (result === 'nothing') return [`· ${name}: ${escapeInline(reason ?? 'nothing to change')}`];
    const word = { refused: 'refused, nothing changed', partial: 'partly done', unknown: 'NOT KNOWN' }[result];
    return [
      style.theme('bad', `✗ ${name}: ${word}: ${escapeInline(reason ?? '')}`),
      ...(advice === null ? [] : [`  ${escapeInline(advice)}`]),
    ];
  });
}
