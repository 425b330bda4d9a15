import type { PartitionLog } from '../../log/partition-log.ts';
import type { ImageDelta, ImageListener, MetadataImage } from '../image.ts';
import { diffImages } from './diff.ts';
import { metadataBatch, metadataRecords, type PendingRecord } from './record.ts';
import { emptyImage, Replay } from './replay.ts';

const READ_BYTES = 1_048_576;

/** A node's copy of the metadata log, with the image that replaying it gives. Listeners hear of every new image. */
export class MetadataStore {
  readonly #log: PartitionLog;
  readonly #clusterId: string;
  readonly #listeners: ImageListener[] = [];
  #image: MetadataImage;

  constructor(log: PartitionLog, clusterId: string) {
    this.#log = log;
    this.#clusterId = clusterId;
    this.#image = this.#replayAll();
  }

  get image(): MetadataImage {
    return this.#image;
  }

  get endOffset(): number {
    return this.#log.logEndOffset;
  }

  /** Epoch of the last record, -1 in an empty log. */
  get lastEpoch(): number {
    return this.#log.logEndOffset === 0 ? -1 : this.#log.epochOf(this.#log.logEndOffset - 1);
  }

  onImage(listener: ImageListener): void {
    this.#listeners.push(listener);
  }

  /** The controller is not part of the log: who it is comes from the quorum. */
  setController(controllerId: number): void {
    if (this.#image.controllerId !== controllerId) this.#image = { ...this.#image, controllerId };
  }

  /** Appends one batch as the controller of an epoch, and replays it. Returns the new end of the log. */
  append(entries: readonly PendingRecord[], epoch: number, timestamp: number): number {
    return this.appendBatch(metadataBatch(entries, this.#log.logEndOffset, epoch, timestamp), epoch);
  }

  appendBatch(batch: Buffer, epoch: number): number {
    this.#log.appendAsLeader(batch, epoch, { origin: 'coordinator' });
    this.#replay(batch);
    return this.#log.logEndOffset;
  }

  /** Appends what the controller's log holds behind this copy, and replays it. */
  appendFetched(records: Buffer): void {
    this.#log.appendAsFollower(records);
    this.#replay(records);
  }

  read(offset: number): Buffer {
    return this.#log.read(offset, READ_BYTES).records;
  }

  endOffsetForEpoch(epoch: number): { readonly epoch: number; readonly endOffset: number } {
    return this.#log.endOffsetForEpoch(epoch);
  }

  /** Takes back what a controller wrote that was replaced: the image is built anew from what is left. */
  truncateTo(offset: number): void {
    if (offset >= this.#log.logEndOffset) return;
    this.#log.truncateTo(offset);
    const image = { ...this.#replayAll(), controllerId: this.#image.controllerId };
    this.#publish(image, diffImages(this.#image, image));
  }

  close(): void {
    this.#log.close();
  }

  #replay(records: Buffer): void {
    const run = new Replay(this.#image);
    feed(run, records);
    const { image, delta } = run.finish();
    this.#publish(image, delta);
  }

  #replayAll(): MetadataImage {
    const run = new Replay(emptyImage(this.#clusterId));
    for (let offset = this.#log.logStartOffset; offset < this.#log.logEndOffset; ) {
      const { records } = this.#log.read(offset, READ_BYTES);
      offset = feed(run, records);
    }
    return run.finish().image;
  }

  #publish(image: MetadataImage, delta: ImageDelta): void {
    const previous = this.#image;
    this.#image = image;
    for (const listener of this.#listeners) listener(image, delta, previous);
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
