import type { Disk } from './disk.ts';
import { floorIndex } from './log-read.ts';
import { Segment } from './segment.ts';

/** What a new segment is made with. */
export interface SegmentListOptions {
  readonly disk: Disk;
  readonly directory: string;
  /** Time of creation, in ms since the epoch. */
  readonly now: () => number;
  /** How much earlier than segment.ms the next segment rolls. */
  readonly rollJitterMs: () => number;
  /** Takes the files of a segment away that is not part of the log any more. */
  readonly retire: (segment: Segment) => void;
}

/** The segments of one log in order, the last of which is written to. Never empty. */
export class SegmentList {
  readonly #options: SegmentListOptions;
  readonly #segments: Segment[];
  #active: Segment;
  #closedBytes: number;
  /** Whether files were made or removed since syncDirectory last ran. */
  #changed: boolean;
  /** Whether the log's directory itself may not be durable yet. */
  #isNew: boolean;

  constructor(segments: Segment[], options: SegmentListOptions) {
    const active = segments.at(-1);
    if (active === undefined) throw new Error(`${options.directory}: a log without a segment`);
    this.#options = options;
    this.#segments = segments;
    this.#active = active;
    this.#closedBytes = segments.reduce((sum, segment) => sum + segment.size, -active.size);
    this.#changed = active.size === 0;
    this.#isNew = active.size === 0 && segments.length === 1;
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get active(): Segment {
    return this.#active;
  }

  /** Bytes of all `.log` files. */
  get size(): number {
    return this.#closedBytes + this.#active.size;
  }

  /** The segment that holds `offset`, and those behind it. */
  from(offset: number): Segment[] {
    return this.#segments.slice(floorIndex(this.#segments, offset));
  }

  /** Ends the active segment, or drops it while it is empty, and begins a new one at `offset`. */
  roll(offset: number): void {
    if (this.#active.size === 0) {
      this.#segments.pop();
      this.#active.remove();
    } else {
      this.#active.finishIndexes();
      this.#active.syncIndexes();
      this.#closedBytes += this.#active.size;
    }
    this.#begin(offset);
  }

  /** Removes the segments above `offset`, and makes the one that holds it the active one. Undefined where none does. */
  reopenAt(offset: number): Segment | undefined {
    const first = this.#segments[0];
    if (first === undefined || offset < first.baseOffset) return undefined;
    const keep = floorIndex(this.#segments, offset);
    for (const segment of this.#segments.splice(keep + 1)) this.#discard(segment);
    const active = this.#segments[keep] ?? this.#active;
    if (active !== this.#active) this.#closedBytes -= active.size;
    this.#active = active;
    this.#changed = true;
    return active;
  }

  /** Removes all segments and begins a new one at `offset`. */
  restartAt(offset: number): void {
    for (const segment of this.#segments.splice(0)) this.#discard(segment);
    this.#closedBytes = 0;
    this.#begin(offset);
  }

  /** Removes the first `count` segments and tells the base offset of each. */
  removeFirst(count: number, removed: (baseOffset: number) => void): void {
    for (const segment of this.#segments.splice(0, count)) {
      this.#discard(segment);
      removed(segment.baseOffset);
      this.#changed = true;
    }
  }

  /** Puts a closed segment in the place of closed ones that follow one another; their files are gone already. */
  replace(sources: readonly Segment[], replacement: Segment): void {
    const [first] = sources;
    const index = first === undefined ? -1 : this.#segments.indexOf(first);
    if (index < 0) throw new Error(`${this.#options.directory}: segments to replace are not there`);
    for (const source of this.#segments.splice(index, sources.length, replacement)) this.#closedBytes -= source.size;
    this.#closedBytes += replacement.size;
  }

  /** Makes a segment durable, with its indexes unless it is the active one. */
  sync(segment: Segment): void {
    segment.sync();
    if (segment !== this.#active) segment.syncIndexes();
  }

  /** Notes that another file of the directory was made or removed. */
  touch(): void {
    this.#changed = true;
  }

  /** Makes the names in the directory durable, and the directory's own; `isSynced` says that the former just happened. */
  syncDirectory(isSynced: boolean): void {
    const { disk, directory } = this.#options;
    if (this.#changed && !isSynced) disk.syncDirectory(directory);
    this.#changed = false;
    if (this.#isNew) disk.syncDirectory(parentOf(directory));
    this.#isNew = false;
  }

  close(): void {
    this.#active.syncIndexes();
    for (const segment of this.#segments) segment.close();
  }

  #begin(offset: number): void {
    const { disk, directory, now, rollJitterMs } = this.#options;
    this.#changed = true;
    this.#active = new Segment(disk, directory, offset, { create: true, nowMs: now(), rollJitterMs: rollJitterMs() });
    this.#segments.push(this.#active);
  }

  #discard(segment: Segment): void {
    if (segment !== this.#active) this.#closedBytes -= segment.size;
    this.#options.retire(segment);
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
