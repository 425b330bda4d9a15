import type { PartitionLog } from '../../../src/log/partition-log.ts';
import {
  baseOffset,
  baseSequence,
  batches,
  isControl,
  isValidCrc,
  lastOffset,
  lastSequence,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  records,
} from '../../../src/records/index.ts';

const READ_BYTES = 1 << 20;

interface CommittedBatch {
  readonly base: number;
  readonly last: number;
  readonly bytes: Buffer;
  records: ReadonlyMap<number, CommittedRecord> | null;
}

export interface CommittedRecord {
  readonly key: string | null;
  readonly value: string | null;
}

/** An unclean election: what was committed at `from` and behind it may be gone, if it was so in an earlier epoch. */
export interface Loss {
  readonly leaderEpoch: number;
  readonly from: number;
}

/**
 * What one partition has ever committed, kept beside the cluster: batches are taken in when a leader's high watermark
 * passes them, and from then on every replica's log must hold the same bytes below its own high watermark.
 */
export class CommittedLog {
  readonly #batches: CommittedBatch[] = [];
  readonly #sequences = new Map<number, { readonly epoch: number; readonly last: number; readonly offset: number }>();
  readonly losses: Loss[] = [];
  end = 0;
  /**
   * The highest log start that a leader ever had. A loss of power may take one back, as in Kafka, which writes it down now
   * and then only; the epochs that were forgotten with it no longer tell where replicas part below it.
   */
  deletedBefore = 0;
  /** What replicas keep that compaction no longer lets their leaders tell them to cut: values by offset. */
  readonly #kept = new Map<number, Set<string | null>>();
  /** The latest epoch whose leader was looked at. */
  ledSince = -1;

  get isTainted(): boolean {
    return this.losses.length > 0;
  }

  /** The epoch of the last unclean election; what earlier leaders still say does not count. */
  get taintedSince(): number {
    return this.losses.at(-1)?.leaderEpoch ?? -1;
  }

  /**
   * Compares a replica's records in [from, to) with what is committed, and takes in what lies behind that when
   * `extends` says that it may. Returns what is wrong, or null.
   */
  check(log: PartitionLog, from: number, to: number, options: { readonly extends: boolean }): string | null {
    const { compact } = log.config.cleanupPolicy;
    let next = Math.max(from, log.logStartOffset);
    while (next < to) {
      const { records: bytes } = log.read(next, READ_BYTES, { upTo: to });
      // The log start that it learned before a kill took it back may lie within a batch: none of it is for reading.
      if (bytes.length === 0 && to <= this.deletedBefore) return null;
      if (bytes.length === 0) return compact ? null : `nothing to read at ${next}, below ${to}`;
      for (const { position, size } of batches(bytes)) {
        const base = baseOffset(bytes, position);
        if (!isValidCrc(bytes, position)) return `the batch at ${base} has a wrong CRC`;
        if (base > next && !compact) return `offsets ${next} to ${base - 1} are missing`;
        const batch = bytes.subarray(position, position + size);
        if (options.extends) this.#skipTo(Math.min(base, log.logStartOffset));
        const problem = this.#checkBatch(batch, compact, options.extends);
        if (problem !== null) return problem;
        next = lastOffset(bytes, position) + 1;
      }
    }
    if (options.extends) this.#skipTo(Math.min(to, log.logStartOffset));
    return null;
  }

  /** The committed record at an offset; undefined where none is known. */
  record(offset: number): CommittedRecord | undefined {
    const batch = this.#batches[this.#find(offset)];
    return batch === undefined ? undefined : recordsOf(batch).get(offset);
  }

  /** Whether a client may be told, right now, that this is committed; notes what is lost by that. */
  holds(offset: number, value: string | null): boolean {
    if (this.#kept.get(offset)?.has(value)) {
      // Its keeper leads by now: what it kept took the place of what was committed, as behind an unclean election.
      this.losses.push({ leaderEpoch: this.ledSince, from: offset });
      return true;
    }
    const record = this.record(offset);
    return record === undefined ? offset < this.deletedBefore : record.value === value;
  }

  /** Every committed record, by offset. */
  *all(): Generator<readonly [number, CommittedRecord]> {
    for (const batch of this.#batches) yield* recordsOf(batch);
  }

  /** A leader was elected uncleanly: what it does not have is gone. */
  lose(leaderEpoch: number, log: PartitionLog): void {
    let from = Math.min(this.end, log.logEndOffset);
    for (let next = log.logStartOffset; next < from; ) {
      const { records: bytes } = log.read(next, READ_BYTES, { upTo: log.logEndOffset });
      if (bytes.length === 0) break;
      for (const { position, size } of batches(bytes)) {
        const base = baseOffset(bytes, position);
        next = lastOffset(bytes, position) + 1;
        const known = this.#batches[this.#find(base)];
        const isSame = known?.base === base && bytes.subarray(position, position + size).equals(known.bytes);
        if (!isSame && !log.config.cleanupPolicy.compact) from = Math.min(from, base);
      }
    }
    const cut = this.#batches.findIndex((batch) => batch.last >= from);
    this.end = Math.min(this.end, this.#batches[cut]?.base ?? from);
    if (cut >= 0) this.#batches.length = cut;
    this.losses.push({ leaderEpoch, from });
    this.#sequences.clear();
    // Of producers whose records are gone, the new leader knows nothing.
    for (const { base, bytes } of this.#batches) if (base >= log.logStartOffset) this.#noteSequence(bytes);
  }

  /** What was committed and deleted within one event nobody saw, nor whose it was. */
  #skipTo(offset: number): void {
    if (offset <= this.end) return;
    this.end = offset;
    this.#sequences.clear();
  }

  #checkBatch(batch: Buffer, compact: boolean, mayExtend: boolean): string | null {
    const base = baseOffset(batch, 0);
    const last = lastOffset(batch, 0);
    if (base >= this.end) {
      if (!mayExtend)
        return `offset ${base} is below a high watermark, and was never committed (committed: ${this.end})`;
      const problem = compact ? null : this.#noteSequence(batch);
      this.#batches.push({ base, last, bytes: batch, records: null });
      this.end = last + 1;
      return problem;
    }
    const known = this.#batches[this.#find(base)];
    if (base < this.deletedBefore) return null;
    if (compact) return this.#checkCompacted(batch);
    if (known === undefined) return this.isTainted ? null : `the committed batch at ${base} is not known`;
    return known.base === base && known.bytes.equals(batch)
      ? null
      : `the batch at ${base} differs from the committed one`;
  }

  /**
   * Of a compacted log only some records are left, but those are as they were. One exception is Kafka's own: a replica
   * that was away for an epoch keeps what it wrote before and nobody else has, when compaction has taken from its leader
   * the very records by which the leader could tell where that epoch ended.
   */
  #checkCompacted(batch: Buffer): string | null {
    const epoch = partitionLeaderEpoch(batch, 0);
    for (const { offset, key, value } of records(batch, 0)) {
      const holder = this.#batches[this.#find(offset)];
      const known = holder === undefined ? undefined : recordsOf(holder).get(offset);
      if (holder === undefined || known === undefined) {
        return this.isTainted ? null : `the record at ${offset} was never committed`;
      }
      const isSame = known.key === (key?.toString() ?? null) && known.value === (value?.toString('latin1') ?? null);
      if (isSame) continue;
      if (epoch >= partitionLeaderEpoch(holder.bytes, 0))
        return `the record at ${offset} differs from the committed one`;
      const kept = this.#kept.get(offset) ?? new Set();
      this.#kept.set(offset, kept.add(value?.toString('latin1') ?? null));
    }
    return null;
  }

  #noteSequence(batch: Buffer): string | null {
    const id = producerId(batch, 0);
    if (id < 0 || isControl(batch, 0)) return null;
    const epoch = producerEpoch(batch, 0);
    const known = this.#sequences.get(id);
    const first = baseSequence(batch, 0);
    this.#sequences.set(id, { epoch, last: lastSequence(batch, 0), offset: lastOffset(batch, 0) });
    if (known === undefined || known.epoch !== epoch || first === known.last + 1) return null;
    if (known.offset < this.deletedBefore) {
      // Of records that were deleted only a snapshot tells who wrote them, and a loss of power may take that.
      this.losses.push({ leaderEpoch: partitionLeaderEpoch(batch, 0), from: this.end });
      return null;
    }
    return `producer ${id} goes on with sequence ${first} behind ${known.last} at offset ${baseOffset(batch, 0)}`;
  }

  /** Index of the last batch that begins at `offset` or before it; -1 where none does. */
  #find(offset: number): number {
    let low = -1;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#batches[middle]?.base ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function recordsOf(batch: CommittedBatch): ReadonlyMap<number, CommittedRecord> {
  batch.records ??= new Map(
    [...records(batch.bytes, 0)].map(({ offset, key, value }) => [
      offset,
      { key: key?.toString() ?? null, value: value?.toString('latin1') ?? null },
    ]),
  );
  return batch.records;
}
