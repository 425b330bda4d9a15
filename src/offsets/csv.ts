import { OffsetsError } from './error.ts';

/** One line of a file of offsets. `group` is null in the form without groups. */
export interface CsvOffset {
  readonly group: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Reads what `kafka-consumer-groups --reset-offsets --export` writes: no header, `topic,partition,offset`, or
 * `group,topic,partition,offset` where several groups were exported. Also taken: CRLF, blank lines, quoted fields.
 * Throws OffsetsError INVALID_CSV with the line's number.
 */
export function readOffsetsCsv(text: string, where: string): CsvOffset[] {
  const rows: CsvOffset[] = [];
  const seen = new Set<string>();
  let columns = 0;
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .forEach((raw, index) => {
      const line = raw.replace(/\r$/, '');
      if (line === '') return;
      const at = `${where}, line ${index + 1}`;
      const cells = splitLine(line, at);
      if (columns === 0) columns = cells.length;
      if (cells.length !== columns || (columns !== 3 && columns !== 4)) {
        throw new OffsetsError('INVALID_CSV', `${at}: ${cells.length} columns`, FORMS);
      }
      const [topic = '', partition = '', offset = ''] = cells.slice(-3);
      const group = columns === 4 ? (cells[0] ?? '') : null;
      if (
        topic === '' ||
        !/^\d{1,9}$/.test(partition) ||
        !/^-?\d+$/.test(offset) ||
        !Number.isSafeInteger(Number(offset))
      ) {
        throw new OffsetsError('INVALID_CSV', `${at}: ${line}: not a topic, a partition and an offset`, FORMS);
      }
      const key = JSON.stringify([group, topic, Number(partition)]);
      if (seen.has(key)) throw new OffsetsError('INVALID_CSV', `${at}: ${topic}-${partition} is there twice`);
      seen.add(key);
      rows.push({ group, topic, partition: Number(partition), offset: Number(offset) });
    });
  if (rows.length === 0) throw new OffsetsError('INVALID_CSV', `${where}: no offsets in it`, FORMS);
  return rows;
}

const FORMS = 'lines are topic,partition,offset or group,topic,partition,offset, without a header';

function splitLine(line: string, at: string): string[] {
  const cells: string[] = [];
  const pattern = /("(?:[^"]|"")*"|[^,"]*)(,|$)/y;
  for (;;) {
    const match = pattern.exec(line);
    if (match === null) throw new OffsetsError('INVALID_CSV', `${at}: a quote is in the wrong place`);
    const [, cell = '', separator] = match;
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (separator === '') return cells;
  }
}

/** Writes the same form that Kafka's tool reads back. With `groups` every line begins with its group. */
export function writeOffsetsCsv(rows: readonly CsvOffset[], groups: boolean): string {
  return rows
    .map(({ group, topic, partition, offset }) => {
      const cells = [...(groups ? [cell(group ?? '')] : []), cell(topic), partition, offset];
      return `${cells.join(',')}\n`;
    })
    .join('');
}

function cell(text: string): string {
  return /[",\n\r]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
