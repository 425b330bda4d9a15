import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { SoundRanges } from '../scanner.ts';
import type { ByteSource } from '../source.ts';
import { PieceChecker } from './check-pieces.ts';
import { type Job, jobFor, PIECES_AT, Piece, pieceEnd, STOP_AT, WORKING_AT } from './job.ts';

/** Starting a thread takes longer than it saves where it has less than this to do. */
export const BYTES_FOR_HELPER = 64 * 1024 * 1024;
/** The reader counts. What it does alone, 10 µs for each batch, more threads would only wait for; each takes 10 MB. */
const MAX_THREADS = 4;
/** Enough to be worth a hand-over, little enough that nobody waits long for another. */
export const PIECE_BYTES = 4 * 1024 * 1024;
/** A helper that does not answer for so long is not waited for. */
const PATIENCE_MS = 2_000;

/** Part of the built program; run from its sources, the program works alone. */
const SCRIPT = new URL('./segments-ahead.cjs', import.meta.url);

/** What is found out about one log. `over` has to be called before the log is closed. */
export interface WatchedRanges extends SoundRanges {
  over(): void;
}

/** Somebody who compares the checksums of a log while it is read. */
export interface Helper {
  /** `starts`: where pieces may begin, ascending from 0. Null where helping is not worth it. */
  watch(source: ByteSource, starts: readonly number[]): WatchedRanges | null;
}

/** Threads that compare checksums ahead of the reader. */
export class HelperThreads implements Helper {
  readonly #workers: readonly Worker[];

  /** `script` is the bundle of worker.ts. */
  constructor(script: URL, count: number) {
    this.#workers = Array.from({ length: count }, () => startWorker(script));
  }

  watch(source: ByteSource, starts: readonly number[]): WatchedRanges | null {
    if (source.fd === null || source.size < PIECE_BYTES || starts.length < 2) return null;
    const job = jobFor(source.fd, source.path, source.size, starts);
    for (const worker of this.#workers) worker.postMessage(job);
    return new HelpedRanges(job);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function startWorker(script: URL): Worker {
  const worker = new Worker(script, { env: SHARE_ENV, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 64 } });
  // It is never waited for; without it the others do all of the work.
  worker.on('error', () => undefined);
  worker.unref();
  return worker;
}

/** How many threads are worth it, the reader's among them. */
export function threadsFor(bytes: number, processors = availableParallelism()): number {
  return Math.min(processors, MAX_THREADS, 1 + Math.floor(bytes / BYTES_FOR_HELPER));
}

/** Helpers where there is enough to do for them, processors to do it, and the built program to run them with. */
export function startHelpers(bytes: number): HelperThreads | null {
  const threads = threadsFor(bytes);
  return threads < 2 || !existsSync(SCRIPT) ? null : new HelperThreads(SCRIPT, threads - 1);
}

/** What is found out about one log, piece by piece. */
export class HelpedRanges implements WatchedRanges {
  readonly #job: Job;
  #checker: PieceChecker | null = null;
  #index = 0;
  /** Up to here the reader has to look for itself. */
  #unknownUntil = 0;

  constructor(job: Job) {
    this.#job = job;
  }

  soundUntil(position: number): number {
    if (position < this.#unknownUntil) return position;
    const job = this.#job;
    while (this.#index < job.starts.length - 1 && position >= pieceEnd(job, this.#index)) this.#index++;
    const end = pieceEnd(job, this.#index);
    if (job.starts[this.#index] === position && this.#outcome(this.#index) === Piece.sound) return end;
    this.#unknownUntil = end;
    return position;
  }

  /** What became of a piece. Whoever asks works with the others until that is known. */
  #outcome(index: number): number {
    const { shared } = this.#job;
    const at = PIECES_AT + index;
    while (Atomics.load(shared, at) === Piece.open && this.#check());
    Atomics.wait(shared, at, Piece.open, PATIENCE_MS);
    return Atomics.load(shared, at);
  }

  #check(): boolean {
    this.#checker ??= new PieceChecker(this.#job);
    return this.#checker.next();
  }

  /** Waits until the helpers have let go of the file. */
  over(): void {
    const { shared } = this.#job;
    this.#checker?.close();
    Atomics.store(shared, STOP_AT, 1);
    for (let working = Atomics.load(shared, WORKING_AT); working > 0; working = Atomics.load(shared, WORKING_AT)) {
      if (Atomics.wait(shared, WORKING_AT, working, PATIENCE_MS) === 'timed-out') return;
    }
  }
}
