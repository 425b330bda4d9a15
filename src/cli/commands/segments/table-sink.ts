import type { CellValue, Column } from '../../../render/sheet.ts';
import { type BatchRow, batchRow } from '../../../segments/batch-row.ts';
import type { BatchView } from '../../../segments/dump-log.ts';
import type { SideEntry } from '../../../segments/dump-side-file.ts';
import type { FileType } from '../../../segments/file-kind.ts';
import type { Finding } from '../../../segments/findings.ts';
import { batchLayout, recordLayout, type Showing, sideLayout } from './dump-layouts.ts';
import type { DumpError, DumpedFile, DumpedRecord, DumpSink, Layout } from './dump-sink.ts';

/** Rows of one shape, written as they come. */
export interface RowWriter {
  row(values: readonly CellValue[]): void;
  end(): void;
}

export interface TableOutput {
  /** Begins rows of other columns. */
  begin(columns: readonly Column[]): RowWriter;
  /** A line between tables; null where the output is rows alone. */
  readonly title: ((text: string) => void) | null;
  readonly complain: (finding: Finding) => void;
  readonly pass: (path: string) => void;
  readonly fail: (error: DumpError) => void;
  /** After the last row. */
  close(): void;
  flush(): void;
}

/** Tables and CSV: rows of batches, of records, or of what a side file holds. A header follows where the shape changes. */
export class TableSink implements DumpSink {
  readonly #output: TableOutput;
  readonly #batches: Layout<BatchRow>;
  readonly #records: Layout<DumpedRecord>;
  readonly #showing: 'batches' | 'records';
  #path = '';
  #titled = true;
  /** Whether nothing was told of the file yet. */
  #silent = true;
  #shape = '';
  #writer: RowWriter | null = null;

  constructor(output: TableOutput, what: 'batches' | 'records', showing: Showing) {
    this.#output = output;
    this.#showing = what;
    const file = (): string => this.#path;
    this.#batches = batchLayout(file);
    this.#records = recordLayout(file, showing);
  }

  begin(file: DumpedFile): void {
    this.#path = file.path;
    this.#titled = false;
    this.#silent = true;
  }

  batch(batch: BatchView): void {
    if (this.#showing === 'batches') this.#row('batch', this.#batches, batchRow(batch));
  }

  record(record: DumpedRecord): void {
    this.#row('record', this.#records, record);
  }

  entries(type: FileType, entries: readonly SideEntry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    const layout = sideLayout(() => this.#path, first);
    for (const entry of entries) this.#row(type, layout, entry);
  }

  finding(finding: Finding): void {
    this.#silent = false;
    this.#output.flush();
    this.#output.complain(finding);
  }

  passed(): void {
    this.#silent = false;
    this.#output.pass(this.#path);
  }

  end(): void {
    if (!this.#titled && this.#silent) this.#title(`${this.#path}: nothing to show`);
  }

  close(errors: readonly DumpError[]): void {
    this.#writer?.end();
    this.#output.close();
    this.#output.flush();
    for (const error of errors) this.#output.fail(error);
  }

  #row<T>(shape: string, layout: Layout<T>, value: T): void {
    if (!this.#titled) this.#title(this.#path);
    if (this.#writer === null || this.#shape !== shape) {
      this.#writer?.end();
      this.#writer = this.#output.begin(layout.columns);
      this.#shape = shape;
    }
    this.#writer.row(layout.cells(value));
  }

  /** A terminal gets each file's name above its rows; elsewhere it is a column. */
  #title(text: string): void {
    this.#titled = true;
    if (this.#output.title === null) return;
    this.#writer?.end();
    this.#writer = null;
    this.#output.title(text);
  }
}
