import type { PartitionReplica } from '../../../src/broker/replica/replica.ts';

/** What a group coordinator had read when it began to answer, and was not committed yet. */
interface Tail {
  readonly end: number;
  readonly lastEpoch: number;
}

/**
 * What coordinators loaded. As in Kafka one begins to answer with all that its log holds; should it die before that is
 * committed, the next one may never hear of a generation, or an assignment, that members were given already.
 */
export class Loads {
  readonly #tails = new Map<string, Tail>();
  readonly #lost = new Set<string>();

  /** A coordinator has read its partition of the offsets topic. */
  note(key: string, { log, highWatermark }: PartitionReplica): void {
    const end = log.logEndOffset;
    const before = this.#tails.get(key);
    if (before !== undefined && (end < before.end || log.epochOf(before.end - 1) !== before.lastEpoch)) {
      this.#lost.add(key);
    }
    if (highWatermark < end) this.#tails.set(key, { end, lastEpoch: log.epochOf(end - 1) });
    else this.#tails.delete(key);
  }

  /** Whether a later coordinator did not find what an earlier one had answered with. */
  isLost(key: string): boolean {
    return this.#lost.has(key);
  }
}
