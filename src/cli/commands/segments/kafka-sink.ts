import { escapeInline } from '../../../render/escape.ts';
import { type BatchView, formatOf } from '../../../segments/dump-log.ts';
import type { SideEntry } from '../../../segments/dump-side-file.ts';
import type { FileType } from '../../../segments/file-kind.ts';
import type { Finding } from '../../../segments/findings.ts';
import {
  type KafkaRecordStyle,
  kafkaBatchLine,
  kafkaLogTitle,
  kafkaRecordLine,
} from '../../../segments/kafka-format.ts';
import { kafkaSideLines } from '../../../segments/kafka-side-format.ts';
import type { DumpError, DumpedFile, DumpedRecord, DumpSink } from './dump-sink.ts';
import { TextOut } from './text-out.ts';

/** What kafka-dump-log prints. On a terminal control characters are spelled out; elsewhere the text is the same byte for byte. */
export class KafkaSink implements DumpSink {
  readonly #out: TextOut;
  readonly #safe: (text: string) => string;
  readonly #complain: (finding: Finding) => void;
  readonly #fail: (error: DumpError) => void;
  readonly #style: KafkaRecordStyle;
  #path = '';

  constructor(
    style: KafkaRecordStyle & { readonly terminal: boolean },
    write: (data: string | Buffer) => void,
    complain: (finding: Finding) => void,
    fail: (error: DumpError) => void,
  ) {
    this.#style = style;
    this.#out = new TextOut(write);
    this.#safe = style.terminal ? (line) => `${escapeInline(line.slice(0, -1))}\n` : (line) => line;
    this.#complain = complain;
    this.#fail = fail;
  }

  begin(file: DumpedFile): void {
    this.#path = file.path;
    this.#out.add(this.#safe(`Dumping ${file.path}\n`));
    if (file.type === 'log' || file.type === 'metadata-snapshot') {
      this.#out.add(kafkaLogTitle(file.type, file.offset, file.epoch));
    }
  }

  batch(batch: BatchView): void {
    this.#out.add(kafkaBatchLine(batch.buffer, batch.at, batch.position, batch.valid === true));
  }

  record({ record, batch, control, decoded }: DumpedRecord): void {
    this.#out.add(this.#safe(kafkaRecordLine(record, formatOf(batch), control, decoded, this.#style)));
  }

  entries(type: FileType, entries: readonly SideEntry[]): void {
    const lines = kafkaSideLines(this.#path, type, entries, this.#style.as39);
    this.#out.add(lines.replace(/.*\n/g, this.#safe));
  }

  finding(finding: Finding): void {
    this.#out.flush();
    this.#complain(finding);
  }

  passed(): void {
    this.#out.add(this.#safe(`${this.#path} passed sanity check.\n`));
  }

  end(): void {
    this.#out.flush();
  }

  close(errors: readonly DumpError[]): void {
    this.#out.flush();
    for (const error of errors) this.#fail(error);
  }
}
