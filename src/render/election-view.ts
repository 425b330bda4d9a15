import type { Election } from '../health/elect-plan.ts';
import { plural } from './findings-view.ts';
import type { Sheet } from './sheet.ts';
import { numberText, type Style } from './style.ts';
import type { Tone } from './theme.ts';

const TONES: Readonly<Record<Election['result'], Tone>> = {
  'would-elect': 'note',
  elected: 'good',
  'not-needed': 'muted',
  refused: 'bad',
  failed: 'bad',
};

/** One row for each partition that is, or would be, elected for. */
export function electionSheet(partitions: readonly Election[]): Sheet {
  const broker = (id: number | null): string => (id === null ? 'none' : String(id));
  return {
    columns: [
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'leader', header: 'LEADER', kind: 'text', keep: 8 },
      { key: 'target', header: 'THEN', kind: 'text', keep: 8 },
      { key: 'replicas', header: 'REPLICAS', kind: 'text', keep: 4 },
      { key: 'isr', header: 'ISR', kind: 'text', keep: 5 },
      { key: 'targetEnd', header: 'ITS LOG END', kind: 'count', keep: 2 },
      { key: 'knownLost', header: 'KNOWN LOST', kind: 'count', keep: 6 },
      { key: 'result', header: 'RESULT', kind: 'text', keep: 9, toned: true },
      { key: 'reason', header: 'REASON', kind: 'text', keep: 7 },
    ],
    rows: partitions.map((row) => [
      row.topic,
      row.partition,
      broker(row.leader),
      broker(row.target),
      row.replicas.join(','),
      row.isr.length === 0 ? 'none' : row.isr.join(','),
      row.targetEnd,
      row.knownLost,
      row.result,
      row.reason,
    ]),
    tone: (at) => {
      const row = partitions[at];
      return row === undefined ? null : TONES[row.result];
    },
  };
}

/** What the plan, or what was done, amounts to. */
export function electionLines(
  partitions: readonly Election[],
  type: 'preferred' | 'unclean',
  executed: boolean,
  style: Style,
): string[] {
  const of = (result: Election['result']): number => partitions.filter((row) => row.result === result).length;
  if (partitions.length === 0) {
    const nothing =
      type === 'preferred' ? 'every partition is led by its preferred replica' : 'every partition has a leader';
    return [style.theme('good', `✓ ${nothing}: there is nothing to elect`)];
  }
  const parts = (['would-elect', 'elected', 'not-needed', 'refused', 'failed'] as const)
    .filter((result) => of(result) > 0)
    .map((result) => `${numberText(of(result), style)} ${result}`);
  const lines = [
    `${executed ? '' : 'PLAN  '}${type} election of ${plural(partitions.length, 'partition', style)}: ${parts.join(' · ')}`,
  ];
  if (type === 'unclean' && of('would-elect') > 0) {
    const known = partitions.reduce((sum, { knownLost }) => sum + (knownLost ?? 0), 0);
    lines.push(
      style.theme(
        'bad',
        `  records are lost for good: ${numberText(known, style)} of them known, and whatever only the last leader had`,
      ),
      '  first see whether a member of the ISR or ELR can be started: then nothing is lost (kmedic isr --offline)',
    );
  }
  return lines;
}
