import { SegmentScanner } from '../scanner.ts';
import { SourceError, sharedSource, upTo } from '../source.ts';
import { type Job, MAX_PIECE_BYTES, PHASE_AT, Phase, PIECES_AT, Piece, pieceEnd, STOP_AT } from './job.ts';

/** All pieces are read into the same memory. */
let buffer: Buffer | undefined;

/** The helper's work: claims pieces from the back of the log until it meets the reader. */
export function checkPieces(job: Job): void {
  const { shared } = job;
  // The reader may be through already, and the file closed.
  if (Atomics.compareExchange(shared, PHASE_AT, Phase.offered, Phase.working) !== Phase.offered) return;
  try {
    for (let index = job.starts.length - 1; index >= 0 && Atomics.load(shared, STOP_AT) === 0; index--) {
      const at = PIECES_AT + index;
      if (Atomics.compareExchange(shared, at, Piece.free, Piece.helper) !== Piece.free) return;
      Atomics.store(shared, at, isSound(job, index) ? Piece.sound : Piece.unsound);
      Atomics.notify(shared, at);
    }
  } finally {
    Atomics.store(shared, PHASE_AT, Phase.over);
    Atomics.notify(shared, PHASE_AT);
  }
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
