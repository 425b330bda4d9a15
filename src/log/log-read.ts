import { baseOffset, lastOffset, maxTimestamp, partitionLeaderEpoch } from '../records/fields.ts';
import { RECORDS_AT } from '../records/layout.ts';
import { records } from '../records/record.ts';
import { probeBatch } from '../records/scan.ts';
import type { Segment } from './segment.ts';
import type { ReadResult, TimestampOffset } from './types.ts';

const NOTHING: ReadResult = { records: Buffer.alloc(0), baseOffset: -1 };

/** How many readers' places are remembered; a log seldom has more followers and consumers that read at the same time. */
const PLACES = 8;

/** Where a reader will go on: it asks for the offset behind what it was given, so no index needs to be searched. */
interface Place {
  readonly offset: number;
  readonly segment: Segment;
  readonly position: number;
}

/** Reads ranges of batches from a row of segments. */
export class LogReader {
  readonly #places: Place[] = [];
  #oldest = 0;

  /** To be called when bytes that were read may have changed: after a truncation. */
  forget(): void {
    this.#places.length = 0;
    this.#oldest = 0;
  }

  /**
   * Whole batches from the one that holds `offset` on, of one segment, all of them below `upTo`, and not more than
   * `maxBytes` unless `minOneMessage` makes an exception for the first.
   */
  read(
    segments: readonly Segment[],
    offset: number,
    maxBytes: number,
    upTo: number,
    minOneMessage: boolean,
  ): ReadResult {
    for (let index = floorIndex(segments, offset); index < segments.length; index++) {
      const segment = segments[index];
      if (segment === undefined || segment.baseOffset >= upTo) return NOTHING;
      const position = this.#takePlace(offset, segment) ?? segment.positionOf(offset);
      if (position < segment.size) return this.#readAt(segment, position, maxBytes, upTo, minOneMessage);
    }
    return NOTHING;
  }

  #readAt(segment: Segment, position: number, maxBytes: number, upTo: number, minOneMessage: boolean): ReadResult {
    let bytes = segment.log.read(position, Math.max(maxBytes, RECORDS_AT));
    let end = 0;
    let nextOffset = -1;
    for (;;) {
      const size = probeBatch(bytes, end);
      if (size <= 0 || end + size > maxBytes) break;
      const last = lastOffset(bytes, end);
      if (last >= upTo) break;
      end += size;
      nextOffset = last + 1;
    }
    if (end === 0) {
      // Nothing fits: the first batch is larger than asked for, or it is not to be seen yet.
      if (!minOneMessage || lastOffset(bytes, 0) >= upTo) return NOTHING;
      end = segment.sizeOfBatchAt(position);
      bytes = segment.log.read(position, end);
      nextOffset = lastOffset(bytes, 0) + 1;
    }
    this.#remember({ offset: nextOffset, segment, position: position + end });
    return { records: end === bytes.length ? bytes : bytes.subarray(0, end), baseOffset: baseOffset(bytes, 0) };
  }

  #takePlace(offset: number, segment: Segment): number | null {
    for (const place of this.#places) {
      if (place.offset === offset && place.segment === segment) return place.position;
    }
    return null;
  }

  #remember(place: Place): void {
    this.#places[this.#oldest] = place;
    this.#oldest = (this.#oldest + 1) % PLACES;
  }
}

/** Index of the last segment that begins at `offset` or before it; 0 where all begin later. */
export function floorIndex(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((segments[middle]?.baseOffset ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** The first record, at `fromOffset` or behind it, with a timestamp of at least `timestamp`. Opens one batch, as a rule. */
export function findTimestamp(
  segments: readonly Segment[],
  timestamp: number,
  fromOffset: number,
): TimestampOffset | null {
  for (const segment of segments) {
    if (segment.maxTimestamp < timestamp) continue;
    const cursor = segment.cursorFrom(timestamp, fromOffset);
    while (cursor.next()) {
      if (maxTimestamp(cursor.buffer, cursor.at) < timestamp) continue;
      if (lastOffset(cursor.buffer, cursor.at) < fromOffset) continue;
      const leaderEpoch = partitionLeaderEpoch(cursor.buffer, cursor.at);
      for (const record of records(cursor.read(), 0)) {
        if (record.timestamp >= timestamp && record.offset >= fromOffset) {
          return { offset: record.offset, timestampMs: record.timestamp, leaderEpoch };
        }
      }
    }
  }
  return null;
}

/** The first record with the largest timestamp of the log, or null where no record has a timestamp. */
export function findMaxTimestamp(segments: readonly Segment[], fromOffset: number): TimestampOffset | null {
  let latest: Segment | undefined;
  for (const segment of segments) {
    if (segment.maxTimestamp > (latest?.maxTimestamp ?? -1)) latest = segment;
  }
  return latest === undefined ? null : findTimestamp([latest], latest.maxTimestamp, fromOffset);
}

/** What was found, when it lies below `upTo`. */
export function below(upTo: number, found: TimestampOffset | null): TimestampOffset | null {
  return found !== null && found.offset < upTo ? found : null;
}
