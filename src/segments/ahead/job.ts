/*
 * What the threads share that check one log together: its pieces, of which each takes the next one from the front.
 */

/** What is known of a piece. */
export const Piece = { open: 0, sound: 1, unsound: 2 } as const;

/** `shared` begins with these; the states of the pieces follow. */
/** Not 0: nobody is to begin another piece. */
export const STOP_AT = 0;
/** How many helpers are at work. */
export const WORKING_AT = 1;
/** The first piece that nobody has taken. */
export const NEXT_AT = 2;
export const PIECES_AT = 3;

/** More than this is no piece but a log whose index ends early: the reader's, who need not wait for it then. */
export const MAX_PIECE_BYTES = 32 * 1024 * 1024;

/** A log to be checked. */
export interface Job {
  /** Opened by the reader, who closes it when the job is over. */
  readonly fd: number;
  readonly path: string;
  readonly size: number;
  /** Where pieces begin: starts of batches, if what told them is true. The last piece ends with the log. */
  readonly starts: Float64Array;
  /** On shared memory. */
  readonly shared: Int32Array;
}

export function jobFor(fd: number, path: string, size: number, starts: readonly number[]): Job {
  const shared = new Int32Array(new SharedArrayBuffer((PIECES_AT + starts.length) * Int32Array.BYTES_PER_ELEMENT));
  return { fd, path, size, starts: Float64Array.from(starts), shared };
}

/** Where piece `index` ends. */
export function pieceEnd({ starts, size }: Job, index: number): number {
  return starts[index + 1] ?? size;
}
