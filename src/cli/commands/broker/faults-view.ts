import type { Problem } from '../../../cluster/snapshot.ts';
import { spanText } from '../../../health/span-text.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { Sheet } from '../../../render/sheet.ts';
import type { Style } from '../../../render/style.ts';
import type { Output } from '../../command.ts';
import type { Io } from '../../io.ts';
import { present } from '../../present.ts';
import type { FaultsDocument, InjectedFault } from './faults-document.ts';

/** The faults as a table. */
export function faultsSheet(faults: readonly InjectedFault[]): Sheet {
  return {
    columns: [
      { key: 'fault', header: 'FAULT', kind: 'id', keep: 9 },
      { key: 'label', header: 'LABEL', kind: 'text', keep: 1 },
      { key: 'brokers', header: 'BROKERS', kind: 'text', keep: 9 },
      { key: 'value', header: 'VALUE', kind: 'text', keep: 8 },
      { key: 'remaining', header: 'REMAINING', kind: 'text', keep: 9 },
    ],
    rows: faults.map(({ fault, label, brokers, value, remainingMs }) => [
      fault,
      label,
      brokers.join(','),
      value,
      remainingText(remainingMs),
    ]),
  };
}

function remainingText(remainingMs: number | null): string {
  return remainingMs === null ? 'until cleared' : spanText(remainingMs);
}

/** Prints what is injected now, under a line that says what was done. With problems nothing is known of what is injected. */
export function presentFaults(
  done: FaultsDocument['done'],
  faults: readonly InjectedFault[],
  said: (style: Style) => readonly string[],
  output: Output,
  io: Io,
  problems: readonly Problem[] = [],
): Promise<void> {
  return present(
    {
      document: (): FaultsDocument => ({
        kind: 'faults',
        version: 1,
        at: new Date(io.now()).toISOString(),
        done,
        faults: [...faults],
        errors: [...problems],
      }),
      lines: () => faults,
      sheets: faults.length > 0 || output === 'csv' ? [faultsSheet(faults)] : [],
      before: (style) =>
        [...said(style), ...(faults.length + problems.length === 0 ? ['no faults are injected'] : [])].map(
          escapeInline,
        ),
      problems,
    },
    output,
    io,
  );
}
