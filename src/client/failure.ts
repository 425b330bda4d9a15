import type { ConnectionSettings } from './channel.ts';
import { ClientError } from './error.ts';

/** What kafkajs and Node tell about a failure, as far as they tell it. */
interface Failure {
  readonly name: string;
  readonly message: string;
  /** Node's error code: ECONNREFUSED. */
  readonly code: string | undefined;
  /** Kafka's error name, where a broker answered with one. */
  readonly type: string | undefined;
}

const CAUSES: Readonly<Record<string, readonly [cause: string, advice: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Is the broker running, and is this its port?'],
  ENOTFOUND: [
    'the host name is not known',
    "Check the name; if it is not the one you gave, it comes from the brokers' advertised.listeners.",
  ],
  EAI_AGAIN: ['the host name cannot be looked up now', 'Check the name and the DNS server of this machine.'],
  EHOSTUNREACH: ['there is no route to the host', 'Check the network, VPN or firewall between here and the broker.'],
  ENETUNREACH: ['there is no route to the network', 'Check the network, VPN or firewall between here and the broker.'],
  ETIMEDOUT: ['the host does not answer', 'Check the network, VPN or firewall between here and the broker.'],
  ECONNRESET: [
    'the connection was reset',
    'A listener that expects another security.protocol does this; so does a broker that is stopping.',
  ],
  EPIPE: [
    'the connection was closed',
    'A listener that expects another security.protocol does this; so does a broker that is stopping.',
  ],
};

const TLS_ADVICE =
  'Point ssl.truststore.location at the certificate authority of the brokers (ssl.truststore.type=PEM), and use the host names that their certificates hold.';

const NO_TLS_ADVICE =
  'A listener that does not speak TLS does this: see security.protocol. So does one that demands a certificate of the client (ssl.keystore.location).';

const NO_SASL_ADVICE = 'Take security.protocol=PLAINTEXT or SSL for this listener, or the port of one that does.';

/**
 * Turns what kafkajs throws into a ClientError that names the address, the cause and the usual remedy. `explained`
 * errors, those that the channel itself raised, pass through.
 */
export function explainFailure(error: unknown, where: string, settings: ConnectionSettings): ClientError {
  if (error instanceof ClientError) return error;
  const failure = readFailure(error);
  if (failure === undefined) throw error;
  const options = { cause: error };
  if (isAuthentication(failure)) {
    const mechanism = settings.sasl?.mechanism ?? 'none';
    return new ClientError(
      'AUTHENTICATION',
      `${where} refused the SASL authentication (${mechanism}): ${failure.message}`,
      'Check sasl.mechanism, user name and password, and that this listener expects SASL at all.',
      options,
    );
  }
  if (failure.name === 'KafkaJSServerDoesNotSupportApiKey' && settings.sasl !== null) {
    return new ClientError('AUTHENTICATION', `${where} does no SASL`, NO_SASL_ADVICE, options);
  }
  if (isTls(failure, settings)) {
    const message = failure.message.replace(/^Connection error: /, '');
    const advice = endsHandshake(failure) ? NO_TLS_ADVICE : TLS_ADVICE;
    return new ClientError('TLS', `TLS with ${where} failed: ${message}`, advice, options);
  }
  const known = failure.code === undefined ? undefined : CAUSES[failure.code];
  if (known)
    return new ClientError('UNREACHABLE', `cannot reach ${where}: ${known[0]} (${failure.code})`, known[1], options);
  if (failure.type === 'UNSUPPORTED_VERSION') {
    return new ClientError(
      'UNSUPPORTED',
      `${where} speaks none of the versions of ApiVersions that are known here`,
      null,
      options,
    );
  }
  if (/clos/i.test(failure.message) || failure.message === 'Not connected') {
    return new ClientError(
      'UNREACHABLE',
      `${where} closed the connection`,
      settings.sasl === null
        ? 'A listener that expects SASL or TLS does this: see security.protocol. So does a broker that is stopping.'
        : 'A listener that expects another security.protocol does this; so does a broker that is stopping.',
      options,
    );
  }
  return new ClientError('UNREACHABLE', `the connection to ${where} failed: ${failure.message}`, null, options);
}

function readFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, type } = error as { code?: unknown; type?: unknown };
  return {
    name: error.name,
    message: error.message,
    code: typeof code === 'string' ? code : undefined,
    type: typeof type === 'string' ? type : undefined,
  };
}

function isAuthentication({ name, type }: Failure): boolean {
  return (
    name.includes('SASL') ||
    type === 'SASL_AUTHENTICATION_FAILED' ||
    type === 'ILLEGAL_SASL_STATE' ||
    type === 'UNSUPPORTED_SASL_MECHANISM'
  );
}

/** The other side hung up before there was TLS, or answered with something that is none. */
function endsHandshake({ message }: Pick<Failure, 'message'>): boolean {
  return /before secure TLS connection|wrong version number/i.test(message);
}

/** OpenSSL's and Node's codes for certificates and handshakes; on a TLS link a reset while connecting is one, too. */
function isTls({ code, message }: Failure, settings: ConnectionSettings): boolean {
  if (settings.tls === null) return false;
  if (endsHandshake({ message })) return true;
  return code !== undefined && /CERT|SIGNATURE|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|UNABLE_TO/.test(code);
}
