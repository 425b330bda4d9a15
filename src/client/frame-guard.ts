import { ClientError } from './error.ts';

/** Larger than any answer that a broker sends on a request of ours, and smaller than text or a TLS alert read as a length. */
const MAX_FRAME = 256 * 1024 * 1024;
const HEADER = 4;

/**
 * Watches the lengths in front of the frames of one connection, chunk by chunk. Returns a ClientError for the first chunk
 * that cannot be Kafka's protocol, with a guess at what it is instead.
 */
export function frameGuard(where: string): (chunk: Buffer) => ClientError | undefined {
  const header = Buffer.alloc(HEADER);
  let held = 0;
  /** Bytes of the current frame that are still to come. */
  let rest = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (rest > 0) {
        const taken = Math.min(rest, chunk.length - at);
        rest -= taken;
        at += taken;
        continue;
      }
      const taken = chunk.copy(header, held, at, at + HEADER - held);
      held += taken;
      at += taken;
      if (held < HEADER) return undefined;
      held = 0;
      rest = header.readInt32BE();
      if (rest < HEADER || rest > MAX_FRAME) return notKafka(where, header);
    }
    return undefined;
  };
}

const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;

function notKafka(where: string, start: Buffer): ClientError {
  if ((start[0] === TLS_ALERT || start[0] === TLS_HANDSHAKE) && start[1] === 3) {
    return new ClientError(
      'TLS',
      `${where} speaks TLS, and was asked without it`,
      'Set security.protocol=SSL or SASL_SSL in the file given with --command-config.',
    );
  }
  const seen = /^[\x20-\x7e]{4}$/.test(start.toString('latin1')) ? `"${start}"` : `0x${start.toString('hex')}`;
  return new ClientError(
    'NOT_KAFKA',
    `${where} does not speak Kafka's protocol: its answer begins with ${seen}`,
    'Is this the port of another service, or of an HTTP proxy?',
  );
}
