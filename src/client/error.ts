/** What went wrong between this process and a broker, before or instead of an answer. */
export type ClientErrorName =
  | 'UNREACHABLE'
  | 'TIMED_OUT'
  | 'TLS'
  | 'AUTHENTICATION'
  | 'UNSUPPORTED'
  | 'UNDECODABLE'
  | 'NOT_KAFKA'
  | 'INVALID_SETTING';

/**
 * The one error that the client room throws. `message` names the host and port (or the file and key) and the cause;
 * `advice` is what usually helps, null where nothing better than the message can be said. Error codes that a broker
 * answers with are not errors here: they are values in the response.
 */
export class ClientError extends Error {
  override readonly name: ClientErrorName;
  readonly advice: string | null;

  constructor(name: ClientErrorName, message: string, advice: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.advice = advice;
  }
}

/** For catch clauses: a ClientError as it is, anything else is a defect and is thrown on. */
export function asClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  throw error;
}
