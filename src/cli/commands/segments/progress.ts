import { numberText } from '../../../render/style.ts';
import type { Io } from '../../io.ts';
import { sizeText } from './size-text.ts';

const FIRST_AFTER_MS = 1000;
const EVERY_MS = 200;
const ERASE = '\r\u001b[K';

/** A line on a terminal's stderr for what takes longer than a second: bytes, rate, time left. */
export class ByteProgress {
  readonly #io: Pick<Io, 'err' | 'errIsTty' | 'now'>;
  readonly #total: number;
  readonly #start: number;
  #next: number;
  #shown = false;

  constructor(io: Pick<Io, 'err' | 'errIsTty' | 'now'>, total: number) {
    this.#io = io;
    this.#total = total;
    this.#start = io.now();
    this.#next = this.#start + FIRST_AFTER_MS;
  }

  update(done: number): void {
    if (!this.#io.errIsTty) return;
    const now = this.#io.now();
    if (now < this.#next) return;
    this.#next = now + EVERY_MS;
    this.#shown = true;
    const perMs = done / Math.max(1, now - this.#start);
    const left = perMs > 0 ? Math.ceil((this.#total - done) / perMs / 1000) : null;
    const percent = this.#total > 0 ? Math.floor((done / this.#total) * 100) : 100;
    const eta = left === null ? '' : `, ${numberText(left, { human: true })} s left`;
    this.#io.err(
      `${ERASE}${percent} %  ${sizeText(done, true)} of ${sizeText(this.#total, true)}, ${sizeText(perMs * 1000, true)}/s${eta}`,
    );
  }

  end(): void {
    if (this.#shown) this.#io.err(ERASE);
    this.#shown = false;
  }
}

/** Lets timers, signals and a closed pipe have their turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
