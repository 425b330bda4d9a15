import { type StreamedBatch, streamBatches } from './batch-stream.ts';
import { unreadable } from './damage.ts';
import type { Finding } from './findings.ts';
import type { LocatedPartition } from './locate.ts';

/** How two replicas of a partition differ. */
export type Divergence =
  /** Other bytes under the same offset. */
  | 'content'
  /** The same records of another leader's epoch. */
  | 'epoch'
  /** Batches with other borders: one side was compacted, or they were written differently. */
  | 'borders'
  /** Offsets that only one side has. */
  | 'missing-left'
  | 'missing-right'
  /** A batch whose checksum fails on one side. */
  | 'damaged-left'
  | 'damaged-right';

export interface Difference {
  readonly kind: Divergence;
  /** The first offset that is concerned. */
  readonly offset: number;
  readonly left: StreamedBatch | null;
  readonly right: StreamedBatch | null;
}

export interface Extent {
  readonly startOffset: number | null;
  /** The offset behind the last batch. */
  readonly endOffset: number | null;
  readonly damagedBytes: number;
  /** Files that cannot be read at all. */
  readonly findings: readonly Finding[];
}

export interface DiffResult {
  readonly left: Extent;
  readonly right: Extent;
  /** Batches that are the same on both sides. */
  readonly same: number;
  /** The first differences, in the order of their offsets. */
  readonly differences: readonly Difference[];
  readonly total: number;
}

const REMEMBERED = 20;
const PAUSE_EVERY = 4 * 1024 * 1024;

/**
 * Compares two replicas batch by batch. What one side has before the other begins (retention) or behind its end
 * (it lags) is told by the extents and is no difference. `pause` is called now and then with the bytes read so far of both;
 * ends the run with false.
 */
export async function diffPartitions(
  left: LocatedPartition,
  right: LocatedPartition,
  pause: (done: number) => Promise<boolean>,
): Promise<DiffResult> {
  const a = new Side(left);
  const b = new Side(right);
  const differences: Difference[] = [];
  let total = 0;
  let same = 0;
  const differs = (kind: Divergence, offset: number): void => {
    total++;
    if (differences.length < REMEMBERED) differences.push({ kind, offset, left: a.batch, right: b.batch });
  };
  let pausedAt = 0;
  const goesOn = async (): Promise<boolean> => {
    const done = a.done + b.done;
    if (done - pausedAt < PAUSE_EVERY) return true;
    pausedAt = done;
    return pause(done);
  };
  a.next();
  b.next();
  // Where retention left less on one side.
  const start = Math.max(a.batch?.baseOffset ?? 0, b.batch?.baseOffset ?? 0);
  for (const side of [a, b]) {
    while (side.batch !== null && side.batch.lastOffset < start && (await goesOn())) side.next();
  }
  while (a.batch !== null && b.batch !== null && (await goesOn())) {
    const { batch: l } = a;
    const { batch: r } = b;
    if (l.baseOffset === r.baseOffset && l.lastOffset === r.lastOffset) {
      const kind = compare(l, r);
      if (kind === null) same++;
      else differs(kind, l.baseOffset);
      a.next();
      b.next();
    } else if (l.lastOffset < r.baseOffset) {
      differs('missing-right', l.baseOffset);
      a.next();
    } else if (r.lastOffset < l.baseOffset) {
      differs('missing-left', r.baseOffset);
      b.next();
    } else {
      differs('borders', Math.min(l.baseOffset, r.baseOffset));
      if (l.lastOffset <= r.lastOffset) a.next();
      if (r.lastOffset <= l.lastOffset) b.next();
    }
  }
  for (const side of [a, b]) while (side.batch !== null && (await goesOn())) side.next();
  return { left: a.extent(), right: b.extent(), same, differences, total };
}

function compare(l: StreamedBatch, r: StreamedBatch): Divergence | null {
  if (!l.valid) return 'damaged-left';
  if (!r.valid) return 'damaged-right';
  if (l.crc !== r.crc || l.size !== r.size) return 'content';
  return l.leaderEpoch === r.leaderEpoch ? null : 'epoch';
}

class Side {
  batch: StreamedBatch | null = null;
  /** Bytes read so far. */
  done = 0;
  readonly #stream: Generator<StreamedBatch, void, void>;
  #start: number | null = null;
  #end: number | null = null;
  #damagedBytes = 0;
  readonly #findings: Finding[] = [];

  constructor(partition: LocatedPartition) {
    this.#stream = streamBatches(partition, {
      damage: ({ length }) => {
        this.#damagedBytes += length;
        this.done += length;
      },
      unreadable: (error, file) => this.#findings.push(unreadable(error, file)),
    });
  }

  next(): void {
    const step = this.#stream.next();
    this.batch = step.done === true ? null : step.value;
    if (this.batch === null) return;
    this.done += this.batch.size;
    this.#start ??= this.batch.baseOffset;
    this.#end = this.batch.lastOffset + 1;
  }

  extent(): Extent {
    return {
      startOffset: this.#start,
      endOffset: this.#end,
      damagedBytes: this.#damagedBytes,
      findings: this.#findings,
    };
  }
}
