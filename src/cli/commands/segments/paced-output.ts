import type { Io } from '../../io.ts';

/** Bytes that may wait for a slow reader before the dump waits, too. */
const AHEAD = 1024 * 1024;

/** Stdout for output without end: knows when its reader falls behind, so that nothing piles up in memory. */
export class PacedOutput {
  readonly #io: Io;
  #written = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  readonly write = (data: string | Buffer): void => {
    this.#written += data.length;
    this.#io.out(data);
  };

  get isBehind(): boolean {
    return this.#written >= AHEAD;
  }

  async drained(): Promise<void> {
    await this.#io.drained();
    this.#written = 0;
  }
}
