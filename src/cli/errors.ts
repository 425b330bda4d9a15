import { fileReason } from '../client/file-reason.ts';
import type { Problem } from '../cluster/snapshot.ts';
import type { Next } from '../health/lag-report.ts';
import { escapeInline } from '../render/escape.ts';
import type { ExitCode } from './command.ts';
import { Failure, type FailureDetails } from './failure.ts';
import { hintLine } from './hint.ts';

/** The one place that turns whatever was thrown into words and an exit code. */
export function explain(error: unknown): FailureDetails {
  if (error instanceof Failure) return error.details;
  if (!(error instanceof Error)) return internal(error);
  const known = CLIENT_ERRORS[error.name];
  if (known !== undefined) {
    const advice = 'advice' in error && typeof error.advice === 'string' ? error.advice : null;
    return {
      name: error.name,
      message: error.message,
      advice,
      scope: known.scope,
      exit: known.exit,
      next: known.next,
      cause: error,
    };
  }
  if (error.name === 'ClusterStartError') {
    const reason = 'reason' in error ? String(error.reason) : '';
    const { advice, exit } = START_ERRORS[reason] ?? { advice: null, exit: 2 };
    const name = reason.toUpperCase().replaceAll('-', '_');
    return { name, message: error.message, advice, scope: 'broker', exit, cause: error };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const file = fileReason(code);
  if (file !== null) {
    const path = 'path' in error && typeof error.path === 'string' ? error.path : '';
    return { name: code, message: `${path}: ${file}`, scope: 'file', exit: 2, cause: error };
  }
  return internal(error);
}

function internal(error: unknown): FailureDetails {
  const message = error instanceof Error ? error.message : String(error);
  return {
    name: 'INTERNAL',
    message: `something that kmedic did not foresee: ${message}`,
    advice: 'run it again with -v to see where; that output is what a bug report needs',
    scope: 'kmedic',
    exit: 1,
    cause: error,
  };
}

interface Known {
  readonly scope: string;
  readonly exit: ExitCode;
  readonly next: Next | null;
}

const STATUS: Next = { command: ['broker', 'status'], subject: null, options: [] };

/** Errors of the client room, by name. */
const CLIENT_ERRORS: Readonly<Record<string, Known>> = {
  UNREACHABLE: { scope: 'cluster', exit: 3, next: null },
  TIMED_OUT: { scope: 'cluster', exit: 3, next: STATUS },
  TLS: { scope: 'cluster', exit: 3, next: null },
  AUTHENTICATION: { scope: 'cluster', exit: 3, next: null },
  UNSUPPORTED: { scope: 'cluster', exit: 3, next: null },
  NOT_KAFKA: { scope: 'cluster', exit: 3, next: null },
  UNDECODABLE: { scope: 'cluster', exit: 3, next: STATUS },
  INVALID_SETTING: { scope: 'settings', exit: 2, next: null },
  INVALID_RECORDING: { scope: 'file', exit: 2, next: null },
  ConfigError: { scope: 'settings', exit: 2, next: null },
};

/** Why the bundled broker does not start, by the reason that it gives. Nothing was changed by the attempt. */
const START_ERRORS: Readonly<Record<string, { readonly advice: string | null; readonly exit: ExitCode }>> = {
  'port-in-use': { advice: 'another broker? Choose another --port, or --port 0 for any free ones', exit: 4 },
  'cannot-listen': { advice: 'check --host: it must be an address of this machine', exit: 2 },
  'directory-denied': { advice: 'choose a --data-dir that this user may write to', exit: 4 },
  'directory-foreign': { advice: 'choose an empty or new --data-dir; nothing in this one was touched', exit: 4 },
  'directory-mismatch': { advice: 'start it with as many --nodes as before, or choose another --data-dir', exit: 4 },
  'directory-in-use': { advice: 'stop the other process first, or choose another --data-dir', exit: 4 },
  'bad-option': { advice: null, exit: 2 },
  'disk-failed': { advice: 'is there room, and may it be written to?', exit: 1 },
  'bad-topic': { advice: null, exit: 2 },
  'timed-out': { advice: 'is the machine very busy? --log text shows how far it got', exit: 1 },
};

/** What happened, why it usually happens, what to run next: the lines that go to stderr. */
export function errorLines(details: FailureDetails, reach: readonly string[], verbose: boolean): string[] {
  const lines = [`✗ ${escapeInline(details.message)}`];
  if (details.advice != null) lines.push(`  ${escapeInline(details.advice)}`);
  if (details.next != null) lines.push(`  next: ${hintLine(details.next, reach)}`);
  if (verbose) {
    const cause = details.cause;
    const stack = cause instanceof Error ? cause.stack : undefined;
    if (stack !== undefined) lines.push(...stack.split('\n').map((line) => `  ${escapeInline(line)}`));
  }
  return lines;
}

/** The same as an entry of a document's `errors`. */
export function problemOf({ name, message, advice, scope }: FailureDetails): Problem {
  return { scope: scope ?? 'kmedic', name, message, advice: advice ?? null };
}

const REFUSED = new Set([
  'UNREACHABLE',
  'TIMED_OUT',
  'TLS',
  'AUTHENTICATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/**
 * The exit code of a read that met problems: 3 where nothing could be read because of the way there, 1 where what was asked
 * for does not exist, 5 where a part could be read.
 */
export function exitForProblems(problems: readonly Problem[], readSomething: boolean): ExitCode {
  if (problems.length === 0) return 0;
  if (readSomething) return 5;
  return problems.some(({ name }) => REFUSED.has(name)) ? 3 : 1;
}
