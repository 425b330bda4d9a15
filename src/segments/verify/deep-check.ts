import {
  baseOffset,
  lastOffset,
  magic,
  maxTimestamp,
  records,
  recordsCount,
  timestampType,
} from '../../records/index.ts';
import { recordFinding } from '../dump-log.ts';
import type { SegmentScanner } from '../scanner.ts';
import type { FindingList } from './finding-list.ts';

/** Reads every record of a batch whose checksum fits: codec, lengths, number, offsets, timestamps. */
export function checkRecords(scanner: SegmentScanner, file: string, found: FindingList): void {
  const { buffer, at, position, size } = scanner;
  const v2 = magic(buffer, at) >= 2;
  const last = lastOffset(buffer, at);
  const first = v2 ? baseOffset(buffer, at) : Number.NEGATIVE_INFINITY;
  const place = { position, length: size };
  let previous = first - 1;
  let largest = -1;
  try {
    for (const record of records(buffer, at)) {
      if (record.offset <= previous || record.offset > last) {
        const detail = `offset ${record.offset} follows ${previous} in a batch that ends with ${last}`;
        found.add('SEG-08', file, detail, { ...place, offsets: [record.offset, record.offset] });
        return;
      }
      previous = record.offset;
      if (record.timestamp > largest) largest = record.timestamp;
    }
  } catch (error) {
    found.push(recordFinding(error, file, scanner));
    return;
  }
  const declared = maxTimestamp(buffer, at);
  // After compaction the header keeps the timestamp that it had, or loses it.
  const whole = v2 && recordsCount(buffer, at) === last - first + 1;
  if (whole && timestampType(buffer, at) === 'CreateTime' && declared !== largest) {
    found.add('SEG-10', file, `the header says ${declared}, the largest of the records is ${largest}`, {
      ...place,
      offsets: [first, last],
    });
  }
}
