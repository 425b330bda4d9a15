import type { CellValue, Column } from '../../../render/sheet.ts';
import type { Control } from '../../../segments/decode/control.ts';
import type { Decoded, Undecoded } from '../../../segments/decode/decoders.ts';
import type { BatchView, KafkaRecord } from '../../../segments/dump-log.ts';
import type { SideEntry } from '../../../segments/dump-side-file.ts';
import type { FileType } from '../../../segments/file-kind.ts';
import type { Finding } from '../../../segments/findings.ts';

/** A file that a dump has come to. */
export interface DumpedFile {
  readonly path: string;
  readonly type: FileType;
  readonly bytes: number;
  readonly offset: number | null;
  readonly epoch: number | null;
}

/** What a dump knows of a file when it is through with it. */
export interface FileSummary {
  readonly batches: number | null;
  readonly records: number | null;
  readonly firstOffset: number | null;
  readonly lastOffset: number | null;
}

/** A record with what a decoder made of it (null where there is none); of a control batch, what it says, or why it cannot be read. */
export interface DumpedRecord {
  readonly record: KafkaRecord;
  readonly batch: BatchView;
  readonly control: Control | string | null;
  readonly decoded: Decoded | Undecoded | null;
}

/** Where a dump goes, one per format. Files come one after the other; what is handed over is valid for that call only. */
export interface DumpSink {
  begin(file: DumpedFile): void;
  batch(batch: BatchView): void;
  record(record: DumpedRecord): void;
  entries(type: FileType, entries: readonly SideEntry[]): void;
  finding(finding: Finding): void;
  /** Nothing is wrong with an index of which only that was asked; a document says so by having no findings. */
  passed?(): void;
  end(summary: FileSummary): void;
  close(errors: readonly DumpError[]): void;
}

export interface DumpError {
  readonly scope: string;
  readonly name: string;
  readonly message: string;
  readonly advice: string | null;
}

/** One kind of row with its columns. */
export interface Layout<T> {
  readonly columns: readonly Column[];
  cells(value: T): readonly CellValue[];
}
