import type { Scheduler } from '../env.ts';

/** Replicas that replicate at most at the throttled rate, as a topic's `*.replication.throttled.replicas` names them. */
export interface ThrottledReplicas {
  has(partition: number, broker: number): boolean;
}

const NOBODY: ThrottledReplicas = { has: () => false };
const EVERYBODY: ThrottledReplicas = { has: () => true };

/** `*`, or `partition:broker,…`; the empty text is nobody. */
export function throttledReplicas(text: string): ThrottledReplicas {
  const value = text.trim();
  if (value === '') return NOBODY;
  if (value === '*') return EVERYBODY;
  const named = new Set(value.split(',').map((item) => item.trim()));
  return { has: (partition, broker) => named.has(`${partition}:${broker}`) };
}

export interface ReplicationQuotaOptions {
  readonly scheduler: Scheduler;
  /** Bytes per second; it may change at any time. */
  limit(): number;
  /** replication.quota.window.size.seconds, in ms, and replication.quota.window.num. */
  windowMs(): number;
  windows(): number;
}

interface Window {
  readonly startMs: number;
  bytes: number;
}

/**
 * How fast one node replicates what is throttled, over the last windows (KIP-73). What was let through counts when it
 * is done, so that the limit holds on average: a fetch is never cut short by it.
 */
export class ReplicationQuota {
  readonly #options: ReplicationQuotaOptions;
  #windows: Window[] = [];

  constructor(options: ReplicationQuotaOptions) {
    this.#options = options;
  }

  record(bytes: number): void {
    if (bytes === 0) return;
    const now = this.#forget();
    const newest = this.#windows.at(-1);
    if (newest !== undefined && now - newest.startMs < this.#options.windowMs()) newest.bytes += bytes;
    else this.#windows.push({ startMs: now, bytes });
  }

  isExceeded(): boolean {
    const now = this.#forget();
    const [oldest] = this.#windows;
    if (oldest === undefined) return false;
    const elapsedMs = Math.max(now - oldest.startMs, this.#options.windowMs());
    const bytes = this.#windows.reduce((sum, window) => sum + window.bytes, 0);
    return (bytes * 1000) / elapsedMs > this.#options.limit();
  }

  /** Drops the windows that are over. The time now. */
  #forget(): number {
    const now = this.#options.scheduler.now();
    const spanMs = this.#options.windows() * this.#options.windowMs();
    while (now - (this.#windows[0]?.startMs ?? now) >= spanMs) this.#windows.shift();
    return now;
  }
}
