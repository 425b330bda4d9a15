import { SegmentScanner } from '../scanner.ts';
import { SourceError, sharedSource, upTo } from '../source.ts';
import { type Job, MAX_PIECE_BYTES, NEXT_AT, PIECES_AT, Piece, pieceEnd, STOP_AT, WORKING_AT } from './job.ts';

/** All pieces are read into the same memory. */
let buffer: Buffer | undefined;

/** A helper's work: piece after piece, until there are none, or the reader says stop. */
export function checkPieces(job: Job): void {
  const { shared } = job;
  Atomics.add(shared, WORKING_AT, 1);
  try {
    // A reader that is through has said so before, and the file may be closed.
    while (Atomics.load(shared, STOP_AT) === 0 && checkNext(job));
  } finally {
    Atomics.sub(shared, WORKING_AT, 1);
    Atomics.notify(shared, WORKING_AT);
  }
}

/** Checks the next piece that nobody has taken; false where there is none. */
export function checkNext(job: Job): boolean {
  const { shared } = job;
  const index = Atomics.add(shared, NEXT_AT, 1);
  if (index >= job.starts.length) return false;
  let sound = false;
  try {
    sound = isSound(job, index);
  } finally {
    Atomics.store(shared, PIECES_AT + index, sound ? Piece.sound : Piece.unsound);
    Atomics.notify(shared, PIECES_AT + index);
  }
  return true;
}

/** Whether whole batches, one behind the other and each with a checksum that fits, fill a piece. */
function isSound(job: Job, index: number): boolean {
  const start = job.starts[index] ?? 0;
  const end = pieceEnd(job, index);
  if (end - start > MAX_PIECE_BYTES) return false;
  const source = upTo(sharedSource(job.fd, job.path, job.size), end);
  const reuse = buffer === undefined ? {} : { buffer };
  const scanner = new SegmentScanner(source, { from: start, bodies: true, crc: true, ...reuse });
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
