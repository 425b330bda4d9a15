/** Why bytes could not be read as, or values could not be written as, the records they claim to be. */
export type RecordErrorReason =
  | 'truncated'
  | 'bad-length'
  | 'bad-magic'
  | 'bad-varint'
  | 'bad-record'
  | 'bad-count'
  | 'bad-control'
  | 'unknown-compression'
  | 'corrupt-compression'
  | 'too-large'
  | 'unrepresentable';

/**
 * The one error that the records room throws. Whatever the bytes are, nothing else is ever thrown, so a reader of
 * damaged files can tell damage from a defect of its own. `too-large` means that a bound was reached, not that the
 * bytes are wrong.
 */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly reason: RecordErrorReason;

  constructor(reason: RecordErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
