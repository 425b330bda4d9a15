/** What was wrong with a target, a scope, a file or a plan, before anything was sent. */
export type OffsetsErrorName =
  | 'INVALID_TARGET'
  | 'INVALID_SCOPE'
  | 'INVALID_CSV'
  | 'INVALID_PLAN'
  | 'INVALID_JOURNAL'
  | 'NOT_FOUND'
  | 'NOT_AUTHORISED'
  | 'REFUSED';

/** The one error that this room throws. `message` names the input; `advice` is what would have been right. */
export class OffsetsError extends Error {
  override readonly name: OffsetsErrorName;
  readonly advice: string | null;

  constructor(name: OffsetsErrorName, message: string, advice: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.advice = advice;
  }
}
