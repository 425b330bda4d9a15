/**
 * Everything that the broker's core is not allowed to reach for by itself. The real ones are thin shells
 * (`src/broker/shell`); a test gives a virtual clock, seeded chance and a network it can cut.
 */

export interface Timer {
  cancel(): void;
}

/** Time, in ms since the epoch, and things to do later. Callbacks never run inside `after` itself. */
export interface Scheduler {
  now(): number;
  /** What the node's clock on the wall says, where it may be wrong: for timestamps, never for deadlines. See wallTime. */
  wall?(): number;
  after(delayMs: number, run: () => void): Timer;
}

/** The time for what is written down (record timestamps, their age), which a clock that is set wrong falsifies. */
export function wallTime(scheduler: Scheduler): number {
  return scheduler.wall?.() ?? scheduler.now();
}

export interface Random {
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** A Kafka Uuid in its 22-character base64url form, never the zero one. */
  uuid(): string;
}

/** Where a node reports what an operator may want to know. `fields` are plain values for structured logs. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Record<string, unknown>,
) => void;

/** Whatever was thrown, in words: the `reason` of what is logged. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
