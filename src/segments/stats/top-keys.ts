/** A key with how often it was seen: at least `count - error` times. */
export interface HotKey {
  readonly key: Buffer;
  readonly count: number;
  /** By how much `count` may be too large. */
  readonly error: number;
}

const TRACKED = 4096;

/**
 * The most frequent keys of a stream in bounded memory (Space-Saving): each key seen more often than one in 4,096 records
 * is in it. Exact as long as there are no more keys than that.
 */
export class TopKeys {
  readonly #counters = new Map<string, { count: number; error: number }>();
  #floor = 0;

  add(key: Buffer): void {
    const text = key.toString('latin1');
    const known = this.#counters.get(text);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#counters.size >= TRACKED * 2) this.#prune();
    this.#counters.set(text, { count: this.#floor + 1, error: this.#floor });
  }

  top(count: number): HotKey[] {
    return [...this.#counters]
      .sort(([, a], [, b]) => b.count - a.count)
      .slice(0, count)
      .map(([key, counter]) => ({ key: Buffer.from(key, 'latin1'), ...counter }));
  }

  /** Forgets the rarer half; what comes later may have been seen as often as the most frequent of these. */
  #prune(): void {
    const counts = [...this.#counters.values()].map(({ count }) => count).sort((a, b) => b - a);
    const threshold = counts[TRACKED] ?? 0;
    for (const [key, { count }] of this.#counters) if (count <= threshold) this.#counters.delete(key);
    this.#floor = Math.max(this.#floor, threshold);
  }
}
