/** Why a cluster cannot be started. Nothing was changed by the attempt. */
export type StartErrorReason =
  | 'port-in-use'
  | 'cannot-listen'
  | 'directory-denied'
  | 'directory-foreign'
  | 'directory-mismatch'
  | 'directory-in-use'
  | 'bad-option'
  | 'bad-topic'
  | 'disk-failed'
  | 'timed-out';

export class ClusterStartError extends Error {
  override readonly name = 'ClusterStartError';
  readonly reason: StartErrorReason;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(
    reason: StartErrorReason,
    message: string,
    details: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.reason = reason;
    this.details = details;
  }
}

export function errorCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
