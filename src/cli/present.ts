import type { Problem } from '../cluster/snapshot.ts';
import { escapeInline } from '../render/escape.ts';
import type { Sheet } from '../render/sheet.ts';
import { numberText, type Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import type { Output } from './command.ts';
import { usage } from './failure.ts';
import { type Io, styleOf } from './io.ts';

/** What a command has to show, for every format at once; only what the chosen one needs is made. */
export interface Presentation {
  /** The one document of json and yaml. */
  readonly document: () => unknown;
  /** Lines of ndjson. */
  readonly lines: () => Iterable<unknown>;
  readonly sheets: readonly Sheet[];
  /** People are not shown a table without rows, because the lines around it say all; CSV has its header all the same. */
  readonly skipsEmpty?: boolean;
  /**
   * The first table is ordered, worst first, and may be long: on a terminal it ends after a hundred rows, so that what is above it
   * can be seen. Says what the rows from `at` on are: "the worst of them OK".
   */
  readonly rest?: (at: number) => string;
  /** For people: above and below the tables. On a pipe they go to stderr, so that the pipe gets rows alone. */
  readonly before?: (style: Style) => readonly string[];
  readonly after?: (style: Style) => readonly string[];
  readonly problems: readonly Problem[];
}

const VIEWS = 'for example kmedic cluster --show brokers, kmedic groups describe GROUP --members';

/** Prints a result in the format that was asked for. */
export async function present(what: Presentation, output: Output, io: Io): Promise<void> {
  switch (output) {
    case 'json':
      return io.out((await import('../render/json.ts')).renderJson(what.document()));
    case 'yaml':
      return io.out((await import('../render/yaml.ts')).renderYaml(what.document()));
    case 'ndjson': {
      const { renderJsonLine } = await import('../render/json.ts');
      for (const line of what.lines()) io.out(renderJsonLine(line));
      for (const error of what.problems) io.out(renderJsonLine({ error }));
      return;
    }
    case 'csv': {
      const [sheet, ...more] = what.sheets;
      if (sheet === undefined || more.length > 0) throw usage('-o csv is one table: choose one view', VIEWS);
      io.out((await import('../render/csv.ts')).renderCsv(sheet));
      return problemLines(what.problems).forEach((line) => {
        io.err(`${line}\n`);
      });
    }
    case 'table':
    case 'wide':
      return presentTables(what, output === 'wide', io);
  }
}

/** Rows of a table that a terminal is given where the rest can be said in words. */
const ROWS_ON_SCREEN = 100;

async function presentTables(what: Presentation, wide: boolean, io: Io): Promise<void> {
  const style = await styleOf(io, wide);
  const sheets = what.skipsEmpty === true ? what.sheets.filter(({ rows }) => rows.length > 0) : what.sheets;
  const before = what.before?.(style) ?? [];
  const chatter = io.outIsTty ? io.out : io.err;
  if (before.length > 0) chatter(`${before.join('\n')}\n${io.outIsTty && sheets.length > 0 ? '\n' : ''}`);
  const dropped = new Set<string>();
  for (const [index, sheet] of sheets.entries()) {
    const gap = index === 0 ? '' : '\n';
    const frame =
      sheet.summary === true && io.outIsTty && !wide
        ? (await import('../render/frame.ts')).renderFrame(sheet, style)
        : null;
    if (frame !== null) {
      io.out(gap + frame);
      continue;
    }
    const over =
      index === 0 && what.rest !== undefined && io.outIsTty && !wide ? sheet.rows.length - ROWS_ON_SCREEN : 0;
    const first = { length: ROWS_ON_SCREEN, at: (row: number) => sheet.rows.at(row) };
    const table = renderTable(over > 0 ? { ...sheet, rows: first } : sheet, style);
    for (const header of table.dropped) dropped.add(header);
    io.out(gap + table.text);
    if (over > 0) io.out(`… ${numberText(over, style)} more, ${what.rest?.(ROWS_ON_SCREEN)} (-o wide shows all)\n`);
  }
  const after = [...(what.after?.(style) ?? [])];
  if (dropped.size > 0) {
    after.push(
      style.theme('muted', `not shown at ${io.width} columns: ${[...dropped].join(', ')} (-o wide shows all)`),
    );
  }
  if (after.length > 0) chatter(`${after.join('\n')}\n`);
  for (const line of problemLines(what.problems)) io.err(`${line}\n`);
}

/** Problems as lines for stderr: what, where, and what to do. */
export function problemLines(problems: readonly Problem[]): string[] {
  return problems.map(({ scope, name, message, advice }) => {
    const rest = advice === null ? '' : `${/^[A-Z]/.test(advice) ? '.' : ';'} ${advice}`;
    return `! ${escapeInline(`${scope}: ${name}: ${message}${rest}`)}`;
  });
}
