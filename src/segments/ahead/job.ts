/*
 * What two threads share while they check one log: pieces of it, each claimed by the thread that comes first. The reader
 * walks from the front, the helper from the back.
 */

/** What is known of a piece. */
export const Piece = { free: 0, reader: 1, helper: 2, sound: 3, unsound: 4 } as const;

/** `shared` begins with these; the states of the pieces follow. */
export const PHASE_AT = 0;
export const STOP_AT = 1;
export const PIECES_AT = 2;

/** What the helper has done about a job. */
export const Phase = { offered: 0, working: 1, over: 2 } as const;

/** More than this is no piece but a log whose index ends early: the reader's, who need not wait for it then. */
export const MAX_PIECE_BYTES = 32 * 1024 * 1024;

/** A log for the helper to check. */
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

/** Where piece `index` ends. */
export function pieceEnd({ starts, size }: Job, index: number): number {
  return starts[index + 1] ?? size;
}
