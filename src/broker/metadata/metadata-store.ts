import type { PartitionLog } from '../../log/partition-log.ts';
import { batches, lastOffset } from '../../records/index.ts';
import type { ImageDelta, ImageListener, MetadataImage } from '../image.ts';
import { diffImages } from './diff.ts';
import { metadataBatch, metadataRecords, type PendingRecord } from './record.ts';
import { emptyImage, Replay } from './replay.ts';

const READ_BYTES = 1_048_576;

/** What the log gives up to some offset. */
interface State {
  readonly image: MetadataImage;
  readonly departed: ReadonlySet<number>;
}

/** What replaying some batches gave, while it is not known yet that they stay. */
interface Uncommitted extends State {
  readonly endOffset: number;
  readonly delta: ImageDelta;
}

/**
 * A node's copy of the metadata log. What it shows (`image`, and to listeners) is committed: it lies on a majority of
 * the nodes, and will not be taken back. What the controller decides by (`latest`) goes to the end of the log. After a
 * start, all of the log counts as committed until a controller says otherwise. What a node has told that it has, it
 * still has after a loss of power: a majority that could forget would elect a controller that never knew.
 */
export class MetadataStore {
  readonly #log: PartitionLog;
  readonly #clusterId: string;
  readonly #listeners: ImageListener[] = [];
  #controllerId = -1;
  #published: State;
  #committedOffset: number;
  #uncommitted: Uncommitted[] = [];

  constructor(log: PartitionLog, clusterId: string) {
    this.#log = log;
    this.#clusterId = clusterId;
    this.#published = this.#replayAll();
    this.#committedOffset = log.logEndOffset;
  }

  get image(): MetadataImage {
    return this.#published.image;
  }

  get latest(): MetadataImage {
    return this.#last.image;
  }

  get committedOffset(): number {
    return this.#committedOffset;
  }

  get endOffset(): number {
    return this.#log.logEndOffset;
  }

  /** Epoch of the last record, -1 in an empty log. */
  get lastEpoch(): number {
    return this.#log.logEndOffset === 0 ? -1 : this.#log.epochOf(this.#log.logEndOffset - 1);
  }

  /**
   * The nodes that decide who the controller is: all but those that left. The latest state counts, committed or not,
   * as in Raft; that is safe as long as one node at a time comes or goes.
   */
  voters(nodeIds: readonly number[]): number[] {
    const { departed } = this.#last;
    return nodeIds.filter((id) => !departed.has(id));
  }

  onImage(listener: ImageListener): void {
    this.#listeners.push(listener);
  }

  /** The controller is not part of the log: who it is comes from the quorum. */
  setController(controllerId: number): void {
    this.#controllerId = controllerId;
    this.#published = this.#withController(this.#published);
  }

  /** Appends one batch as the controller of an epoch. */
  append(entries: readonly PendingRecord[], epoch: number, timestamp: number): void {
    this.appendBatch(metadataBatch(entries, this.#log.logEndOffset, epoch, timestamp), epoch);
  }

  appendBatch(batch: Buffer, epoch: number): void {
    this.#log.appendAsLeader(batch, epoch, { origin: 'coordinator' });
    this.#log.flush();
    this.#replay(batch);
  }

  /** Appends what the controller's log holds behind this copy; what lies below `highWatermark` is committed. */
  appendFetched(records: Buffer, highWatermark: number): void {
    this.#log.appendAsFollower(records);
    this.#log.flush();
    let committedEnd = 0;
    for (const span of batches(records)) {
      if (lastOffset(records, span.position) >= highWatermark) break;
      committedEnd = span.position + span.size;
    }
    // What is committed is replayed in one go; of the rest, each batch may be taken back for itself.
    if (committedEnd > 0) this.#replay(records.subarray(0, committedEnd));
    for (const span of batches(records, committedEnd)) {
      this.#replay(records.subarray(span.position, span.position + span.size));
    }
    this.commitTo(highWatermark);
  }

  /** Publishes what lies below `offset`, as far as this copy goes. */
  commitTo(offset: number): void {
    while (this.#uncommitted[0] !== undefined && this.#uncommitted[0].endOffset <= offset) {
      const [next] = this.#uncommitted.splice(0, 1);
      if (next === undefined) return;
      this.#committedOffset = next.endOffset;
      this.#publish(next, next.delta);
    }
  }

  read(offset: number): Buffer {
    return this.#log.read(offset, READ_BYTES).records;
  }

  endOffsetForEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.#log.endOffsetForEpoch(epoch);
  }

  /** Takes back what a controller wrote that did not reach a majority. */
  truncateTo(offset: number): void {
    if (offset >= this.#log.logEndOffset) return;
    const end = this.#log.truncateTo(offset);
    this.#uncommitted = this.#uncommitted.filter((entry) => entry.endOffset <= end);
    if (end >= this.#committedOffset) return;
    // Only after a start, when more was taken for committed than was.
    const state = this.#replayAll();
    this.#committedOffset = end;
    this.#publish(state, diffImages(this.#published.image, state.image));
  }

  close(): void {
    this.#log.close();
  }

  get #last(): State {
    return this.#uncommitted.at(-1) ?? this.#published;
  }

  #replay(records: Buffer): void {
    const { image, departed } = this.#last;
    const run = new Replay(image, departed);
    const endOffset = feed(run, records);
    this.#uncommitted.push({ ...run.finish(), departed: run.departed, endOffset });
  }

  #replayAll(): State {
    const run = new Replay(emptyImage(this.#clusterId));
    for (let offset = this.#log.logStartOffset; offset < this.#log.logEndOffset; ) {
      const { records } = this.#log.read(offset, READ_BYTES);
      offset = feed(run, records);
    }
    return this.#withController({ image: run.finish().image, departed: run.departed });
  }

  #withController(state: State): State {
    if (state.image.controllerId === this.#controllerId) return state;
    return { image: { ...state.image, controllerId: this.#controllerId }, departed: state.departed };
  }

  #publish(state: State, delta: ImageDelta): void {
    const previous = this.#published.image;
    this.#published = this.#withController({ image: state.image, departed: state.departed });
    for (const listener of this.#listeners) listener(this.#published.image, delta, previous);
  }
}

/** Feeds whole batches to a replay; returns the offset behind them. */
function feed(run: Replay, records: Buffer): number {
  let next = 0;
  for (const { offset, record } of metadataRecords(records)) {
    next = offset + 1;
    if (record === null) run.skipTo(next);
    else run.apply(offset, record);
  }
  return next;
}
