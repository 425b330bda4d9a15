import type { Channel, OpenChannel } from './channel.ts';
import { asClientError } from './error.ts';

/** A broker that takes longer than this (ms) from one answer to the next is slow. */
const SLOW_MS = 150;
/** Connections to one broker at most. */
const LANES = 4;

interface Lane {
  readonly channel: Channel;
  /** Requests without an answer. */
  waiting: number;
  /** When the last answer came; ms of performance.now(). */
  answeredAt: number;
}

/**
 * Opens channels that widen: a broker answers what comes on one connection one by one, so that behind a slow answer
 * everything else waits. Where answers to requests that are queued come slowly, up to three more connections are opened
 * to that broker, and each request goes to the one with the fewest before it. Distance alone opens none: what is on its
 * way together arrives together.
 */
export function openLanes(open: OpenChannel): OpenChannel {
  return async (address, settings) => new Lanes(await open(address, settings), () => open(address, settings));
}

class Lanes implements Channel {
  readonly versions: Channel['versions'];
  readonly #open: () => Promise<Channel>;
  readonly #lanes: Lane[];
  #opening: Promise<void> | null = null;
  /** Time from one answer to the next (ms), as last seen. */
  #paceMs = 0;
  #closed = false;

  constructor(first: Channel, open: () => Promise<Channel>) {
    this.versions = first.versions;
    this.#open = open;
    this.#lanes = [{ channel: first, waiting: 0, answeredAt: 0 }];
  }

  /** All lanes end with the first that does: what is asked afterwards needs a new connection. */
  get open(): boolean {
    return !this.#closed && this.#lanes.every(({ channel }) => channel.open);
  }

  async request(apiKey: number, apiVersion: number, body: Buffer, timeoutMs: number): Promise<Buffer> {
    if (this.#isCrowded()) await this.#widened();
    const lane = this.#shortest();
    const sentAt = performance.now();
    const behind = lane.waiting > 0;
    lane.waiting += 1;
    try {
      const answer = await lane.channel.request(apiKey, apiVersion, body, timeoutMs);
      const now = performance.now();
      if (behind && lane.answeredAt > sentAt) this.#paceMs = now - lane.answeredAt;
      lane.answeredAt = now;
      return answer;
    } finally {
      lane.waiting -= 1;
      if (!this.open && this.#lanes.every(({ waiting }) => waiting === 0)) this.close();
    }
  }

  close(): void {
    this.#closed = true;
    for (const { channel } of this.#lanes) channel.close();
  }

  /** Whether the broker is slow, and a request would have to wait for two others. */
  #isCrowded(): boolean {
    return this.#paceMs >= SLOW_MS && this.#lanes.length < LANES && this.#shortest().waiting > 1;
  }

  #widened(): Promise<void> {
    this.#opening ??= this.#widen().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /** The lane with the fewest requests before the next one. */
  #shortest(): Lane {
    return this.#lanes.reduce((best, lane) => (lane.waiting < best.waiting ? lane : best));
  }

  /** As many as are allowed, together: each takes as long to open as all of them. One that fails is done without. */
  async #widen(): Promise<void> {
    const opened = await Promise.all(
      Array.from({ length: LANES - this.#lanes.length }, () =>
        this.#open().catch((error: unknown) => {
          asClientError(error);
          return null;
        }),
      ),
    );
    for (const channel of opened) {
      if (channel === null) continue;
      if (this.#closed) channel.close();
      else this.#lanes.push({ channel, waiting: 0, answeredAt: 0 });
    }
    // A broker that refuses more connections is asked on the ones there are.
    if (opened.includes(null)) this.#paceMs = 0;
  }
}
