import type { Segment } from './segment.ts';
import type { PartitionLogOptions } from './types.ts';

/**
 * Takes a log's files away as Kafka does: at once they get a name that says so, and after file.delete.delay.ms they go.
 * What a stop leaves of them is removed at the next start.
 */
export class DeletedFiles {
  readonly #options: PartitionLogOptions;

  constructor(options: PartitionLogOptions) {
    this.#options = options;
  }

  /** A segment that is not part of the log any more. */
  segment(segment: Segment): void {
    if (this.#delayMs() === 0) segment.remove();
    else this.#removeLater(segment.retire());
  }

  /** The whole log, which is closed. Its directory gets the name that Kafka gives a deleted one. */
  directory(): void {
    const { disk, directory, topicId } = this.#options;
    const id = topicId === null ? ''.padStart(32, '0') : Buffer.from(topicId, 'base64url').toString('hex');
    const doomed = `${directory}.${id}-delete`;
    disk.remove(doomed);
    disk.rename(directory, doomed);
    this.#removeLater([doomed]);
  }

  #delayMs(): number {
    return this.#options.later === undefined ? 0 : this.#options.config().fileDeleteDelayMs;
  }

  #removeLater(paths: readonly string[]): void {
    const remove = (): void => {
      for (const path of paths) this.#options.disk.remove(path);
    };
    const delayMs = this.#delayMs();
    if (delayMs === 0) remove();
    else this.#options.later?.(delayMs, remove);
  }
}
