import type { Io } from '../../io.ts';

/** Bytes that may wait for a slow reader before the dump waits, too. */
const AHEAD = 1024 * 1024;

/** Stdout for output without end: knows when its reader falls behind, so that nothing piles up in memory. */
export class PacedOutput {
  readonly #io: Io;
  #written = 0;
  /** Whether the next byte begins a line. */
  atLineStart = true;
  /** Called before anything is written: a progress on the same terminal makes way. */
  beforeWrite: () => void = () => undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  readonly write = (data: string | Buffer): void => {
    this.beforeWrite();
    this.#written += data.length;
    const last = data.at(-1);
    this.atLineStart = last === '\n' || last === 0x0a;
    this.#io.out(data);
  };

  readonly complain = (text: string): void => {
    this.beforeWrite();
    this.#io.err(text);
  };

  get isBehind(): boolean {
    return this.#written >= AHEAD;
  }

  async drained(): Promise<void> {
    await this.#io.drained();
    this.#written = 0;
  }
}
