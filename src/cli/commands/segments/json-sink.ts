import { escapeJson } from '../../../render/escape.ts';
import { batchRow } from '../../../segments/batch-row.ts';
import type { BatchView } from '../../../segments/dump-log.ts';
import type { SideEntry } from '../../../segments/dump-side-file.ts';
import type { FileType } from '../../../segments/file-kind.ts';
import type { Finding } from '../../../segments/findings.ts';
import { batchJson, recordJson, type Showing } from './dump-layouts.ts';
import type { DumpError, DumpedFile, DumpedRecord, DumpSink, FileSummary } from './dump-sink.ts';
import { findingJson } from './finding-lines.ts';
import { TextOut } from './text-out.ts';

/** Objects, one a line. */
export class NdjsonSink implements DumpSink {
  readonly #out: TextOut;
  readonly #what: 'batches' | 'records';
  readonly #showing: Showing;
  #file = '';

  constructor(what: 'batches' | 'records', showing: Showing, write: (data: string | Buffer) => void) {
    this.#what = what;
    this.#showing = showing;
    this.#out = new TextOut(write);
  }

  begin(file: DumpedFile): void {
    this.#file = file.path;
  }

  batch(batch: BatchView): void {
    if (this.#what === 'batches') this.#line({ file: this.#file, ...batchJson(batchRow(batch)) });
  }

  record(record: DumpedRecord): void {
    this.#line({ file: this.#file, ...recordJson(record, this.#showing) });
  }

  entries(type: FileType, entries: readonly SideEntry[]): void {
    for (const entry of entries) this.#line({ file: this.#file, type, ...entry });
  }

  finding(finding: Finding): void {
    this.#line({ file: finding.file, type: 'finding', ...findingJson(finding) });
  }

  passed(): void {
    this.#line({ file: this.#file, type: 'passed' });
  }

  end(): void {
    this.#out.flush();
  }

  close(errors: readonly DumpError[]): void {
    for (const error of errors) this.#line({ error });
    this.#out.flush();
  }

  #line(value: unknown): void {
    this.#out.add(`${escapeJson(JSON.stringify(value))}\n`);
  }
}

/** One document of kind `segments`, written as it grows, so that memory does not. */
export class JsonSink implements DumpSink {
  readonly #out: TextOut;
  readonly #what: 'batches' | 'records';
  readonly #showing: Showing;
  #file: DumpedFile | null = null;
  #files = 0;
  #entries = 0;
  #findings: Finding[] = [];

  constructor(at: string, what: 'batches' | 'records', showing: Showing, write: (data: string | Buffer) => void) {
    this.#what = what;
    this.#showing = showing;
    this.#out = new TextOut(write);
    const head = JSON.stringify({ kind: 'segments', version: 1, at });
    this.#out.add(`${head.slice(0, -1)},"files":[`);
  }

  begin(file: DumpedFile): void {
    this.#file = file;
    this.#entries = 0;
    this.#findings = [];
    const head = escapeJson(JSON.stringify({ file: file.path, type: file.type, bytes: file.bytes }));
    this.#out.add(`${this.#files++ === 0 ? '' : ','}\n${head.slice(0, -1)},"entries":[`);
  }

  batch(batch: BatchView): void {
    if (this.#what === 'batches') this.#entry(batchJson(batchRow(batch)));
  }

  record(record: DumpedRecord): void {
    this.#entry(recordJson(record, this.#showing));
  }

  entries(type: FileType, entries: readonly SideEntry[]): void {
    for (const entry of entries) this.#entry({ type, ...entry });
  }

  finding(finding: Finding): void {
    this.#findings.push(finding);
  }

  end(summary: FileSummary): void {
    if (this.#file === null) return;
    const { records, batches, firstOffset, lastOffset } = summary;
    const rest = { records, batches, firstOffset, lastOffset, findings: this.#findings.map(findingJson) };
    this.#out.add(`${this.#entries === 0 ? '' : '\n'}],${escapeJson(JSON.stringify(rest)).slice(1)}`);
    this.#file = null;
  }

  close(errors: readonly DumpError[]): void {
    this.#out.add(`],\n"errors":${escapeJson(JSON.stringify(errors))}}\n`);
    this.#out.flush();
  }

  #entry(value: unknown): void {
    this.#out.add(`${this.#entries++ === 0 ? '' : ','}\n${escapeJson(JSON.stringify(value))}`);
  }
}
