import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { SoundRanges } from '../scanner.ts';
import type { ByteSource } from '../source.ts';
import { type Job, PHASE_AT, Phase, PIECES_AT, Piece, pieceEnd, STOP_AT } from './job.ts';

/** Below this many bytes starting a thread takes longer than it saves. */
export const HELP_FROM_BYTES = 64 * 1024 * 1024;
/** Apart enough to be worth a hand-over, near enough that neither thread waits long for the other. */
export const PIECE_BYTES = 4 * 1024 * 1024;
/** A helper that does not answer for so long is not waited for. */
const PATIENCE_MS = 2_000;

/** Part of the built program; run from its sources, the program works alone. */
const SCRIPT = new URL('./segments-ahead.cjs', import.meta.url);

/** What a helper finds out about one log. `over` has to be called before the log is closed. */
export interface WatchedRanges extends SoundRanges {
  over(): void;
}

/** Somebody who compares the checksums of a log while it is read. */
export interface Helper {
  /** `starts`: where pieces may begin, ascending from 0. Null where helping is not worth it. */
  watch(source: ByteSource, starts: readonly number[]): WatchedRanges | null;
}

/** A second thread that compares checksums from the back of a log while the reader works from the front. */
export class AheadHelper implements Helper {
  readonly #worker: Worker;

  /** `script` is the bundle of worker.ts. */
  constructor(script: URL) {
    this.#worker = new Worker(script, { env: SHARE_ENV, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 64 } });
    // It is never waited for; without it the reader does all of the work.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  watch(source: ByteSource, starts: readonly number[]): WatchedRanges | null {
    if (source.fd === null || source.size < PIECE_BYTES || starts.length < 2) return null;
    const shared = new Int32Array(new SharedArrayBuffer((PIECES_AT + starts.length) * Int32Array.BYTES_PER_ELEMENT));
    const job: Job = { fd: source.fd, path: source.path, size: source.size, starts: Float64Array.from(starts), shared };
    this.#worker.postMessage(job);
    return new HelpedRanges(job);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A helper where there is enough to do for one, another processor to do it, and the built program to run it with. */
export function startHelper(bytes: number): AheadHelper | null {
  if (bytes < HELP_FROM_BYTES || availableParallelism() < 2 || !existsSync(SCRIPT)) return null;
  return new AheadHelper(SCRIPT);
}

/** What the helper found out about one log. */
export class HelpedRanges implements WatchedRanges {
  readonly #job: Job;
  #index = 0;
  /** Up to here the reader does the work. */
  #mineUntil = 0;

  constructor(job: Job) {
    this.#job = job;
  }

  soundUntil(position: number): number {
    if (position < this.#mineUntil) return position;
    const job = this.#job;
    while (this.#index < job.starts.length - 1 && position >= pieceEnd(job, this.#index)) this.#index++;
    const end = pieceEnd(job, this.#index);
    if (this.#outcome(this.#index) === Piece.sound && job.starts[this.#index] === position) return end;
    this.#mineUntil = end;
    return position;
  }

  /** Claims the piece for the reader, or tells what the helper made of it. */
  #outcome(index: number): number {
    const { shared } = this.#job;
    const at = PIECES_AT + index;
    const before = Atomics.compareExchange(shared, at, Piece.free, Piece.reader);
    if (before !== Piece.helper) return before;
    Atomics.wait(shared, at, Piece.helper, PATIENCE_MS);
    return Atomics.load(shared, at);
  }

  /** Waits until the helper has let go of the file. */
  over(): void {
    const { shared } = this.#job;
    if (Atomics.compareExchange(shared, PHASE_AT, Phase.offered, Phase.over) !== Phase.working) return;
    Atomics.store(shared, STOP_AT, 1);
    Atomics.wait(shared, PHASE_AT, Phase.working, PATIENCE_MS);
  }
}
