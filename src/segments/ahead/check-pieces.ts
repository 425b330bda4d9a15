import { SegmentScanner } from '../scanner.ts';
import { type ByteSource, reopened, SourceError, upTo } from '../source.ts';
import { type Job, MAX_PIECE_BYTES, NEXT_AT, PIECES_AT, Piece, pieceEnd, STOP_AT, WORKING_AT } from './job.ts';

/** All pieces are read into the same memory. */
let buffer: Buffer | undefined;

/** A helper's work: piece after piece, until there are none, or the reader says stop. */
export function checkPieces(job: Job): void {
  const { shared } = job;
  Atomics.add(shared, WORKING_AT, 1);
  try {
    // A reader that is through has said so before, and the file may be closed.
    if (Atomics.load(shared, STOP_AT) === 0) checkUntilStopped(job);
  } finally {
    Atomics.sub(shared, WORKING_AT, 1);
    Atomics.notify(shared, WORKING_AT);
  }
}

function checkUntilStopped(job: Job): void {
  const checker = new PieceChecker(job);
  try {
    while (Atomics.load(job.shared, STOP_AT) === 0 && checker.next());
  } finally {
    checker.close();
  }
}

/** Checks pieces of a log, through a file of its own: a system reads ahead for each open file that is read in order. */
export class PieceChecker {
  readonly #job: Job;
  readonly #source: ByteSource;

  constructor(job: Job) {
    this.#job = job;
    this.#source = reopened(job.fd, job.path, job.size);
  }

  /** Checks the next piece that nobody has taken; false where there is none. */
  next(): boolean {
    const { shared, starts } = this.#job;
    const index = Atomics.add(shared, NEXT_AT, 1);
    if (index >= starts.length) return false;
    let sound = false;
    try {
      sound = isSound(this.#source, starts[index] ?? 0, pieceEnd(this.#job, index));
    } finally {
      Atomics.store(shared, PIECES_AT + index, sound ? Piece.sound : Piece.unsound);
      Atomics.notify(shared, PIECES_AT + index);
    }
    return true;
  }

  close(): void {
    this.#source.close();
  }
}

/** Whether whole batches, one behind the other and each with a checksum that fits, fill a piece. */
function isSound(source: ByteSource, start: number, end: number): boolean {
  if (end - start > MAX_PIECE_BYTES) return false;
  const reuse = buffer === undefined ? {} : { buffer };
  const scanner = new SegmentScanner(upTo(source, end), { from: start, bodies: true, crc: true, ...reuse });
  try {
    for (let step = scanner.next(); step !== 'end'; step = scanner.next()) {
      if (step !== 'batch' || scanner.valid !== true) return false;
    }
    return scanner.position === end;
  } catch (error) {
    // The reader meets the same error, and tells it.
    if (error instanceof SourceError) return false;
    throw error;
  } finally {
    buffer = scanner.buffer;
  }
}
