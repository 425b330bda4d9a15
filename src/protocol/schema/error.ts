/** Why bytes could not be read as, or a value could not be written as, the message they claim to be. */
export type ProtocolErrorReason =
  | 'truncated'
  | 'trailing-bytes'
  | 'bad-length'
  | 'bad-varint'
  | 'bad-utf8'
  | 'bad-boolean'
  | 'bad-tag'
  | 'unexpected-null'
  | 'too-many-elements'
  | 'unsupported-version'
  | 'unrepresentable';

/**
 * The one error that the protocol room throws. Decoding never throws anything else, whatever the bytes are, so a
 * caller that reads from a socket or a file can tell hostile input from a defect of its own.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly reason: ProtocolErrorReason;

  constructor(reason: ProtocolErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
