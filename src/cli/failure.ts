import type { Next } from '../health/lag-report.ts';
import type { ExitCode } from './command.ts';

export interface FailureDetails {
  /** Kafka's or kmedic's name of it; goes into `errors[]`. */
  readonly name: string;
  /** What happened. */
  readonly message: string;
  /** Why that usually happens, and what to do. */
  readonly advice?: string | null;
  /** The kmedic command to run next. */
  readonly next?: Next | null;
  readonly scope?: string;
  readonly exit: ExitCode;
  readonly cause?: unknown;
}

/** An end that was foreseen: it has words for people, and an exit code for scripts. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly details: FailureDetails;

  constructor(details: FailureDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.details = details;
  }
}

/** A wrong call: exit code 2. */
export function usage(message: string, advice: string | null = null, next: Next | null = null): Failure {
  return new Failure({ name: 'USAGE', message, advice, next, scope: 'command line', exit: 2 });
}
