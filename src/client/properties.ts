import { readFileSync } from 'node:fs';
import { type Address, parseAddresses } from './address.ts';
import type { SaslSettings, TlsSettings } from './channel.ts';
import { ClientError } from './error.ts';
import { whyNoFile } from './file-reason.ts';
import { parseJaas } from './jaas.ts';
import { type Property, parseProperties } from './properties-file.ts';

/** What a client properties file says about connecting. Null where it says nothing. */
export interface ClientProperties {
  readonly bootstrap: readonly Address[] | null;
  readonly clientId: string | null;
  readonly requestTimeoutMs: number | null;
  readonly connectTimeoutMs: number | null;
  readonly tls: TlsSettings | null;
  readonly sasl: SaslSettings | null;
  /** Keys that mean nothing here, and other remarks; one sentence each. */
  readonly notes: readonly string[];
}

/** Reads and interprets Kafka's own client.properties. Throws INVALID_SETTING, naming file, line and key. */
export function readClientProperties(file: string): ClientProperties {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ClientError('INVALID_SETTING', `cannot read ${file}: ${whyNoFile(error)}`, null, { cause: error });
  }
  return interpretProperties(text, file, (path) => readFileSync(path));
}

type ReadFile = (path: string) => Buffer;

/** Interprets the text of a client.properties file; `readFile` gives it the certificates that the text points at. */
export function interpretProperties(text: string, file: string, readFile: ReadFile): ClientProperties {
  const given = new Given(parseProperties(text, file), file, readFile);
  const protocol = given.oneOf('security.protocol', PROTOCOLS) ?? 'PLAINTEXT';
  const properties = {
    bootstrap: given.parsed('bootstrap.servers', parseAddresses),
    clientId: given.text('client.id'),
    requestTimeoutMs: given.milliseconds('request.timeout.ms'),
    connectTimeoutMs: given.milliseconds('socket.connection.setup.timeout.ms'),
    tls: protocol.endsWith('SSL') ? tlsOf(given) : null,
    sasl: protocol.startsWith('SASL') ? saslOf(given) : null,
  };
  return { ...properties, notes: given.notes(protocol) };
}

const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;

/** The properties of one file; it remembers which were looked at. */
class Given {
  readonly #properties: ReadonlyMap<string, Property>;
  readonly #file: string;
  readonly #readFile: ReadFile;
  readonly #used = new Set<string>();

  constructor(properties: ReadonlyMap<string, Property>, file: string, readFile: ReadFile) {
    this.#properties = properties;
    this.#file = file;
    this.#readFile = readFile;
  }

  text(key: string): string | null {
    this.#used.add(key);
    const value = this.#properties.get(key)?.value.trim();
    return value === undefined || value === '' ? null : value;
  }

  /** Whether a key is there with nothing behind it. */
  isEmpty(key: string): boolean {
    return this.#properties.get(key)?.value.trim() === '';
  }

  error(key: string, message: string, advice: string | null = null): ClientError {
    const line = this.#properties.get(key)?.line;
    const where = line === undefined ? this.#file : `${this.#file}:${line}`;
    return new ClientError('INVALID_SETTING', `${where}: ${key} ${message}`, advice);
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[]): T | null {
    const value = this.text(key);
    if (value === null) return null;
    const found = allowed.find((word) => word === value.toUpperCase());
    if (found === undefined) throw this.error(key, `is "${value}", which is none of ${allowed.join(', ')}`);
    return found;
  }

  milliseconds(key: string): number | null {
    const value = this.text(key);
    if (value === null) return null;
    if (!/^\d{1,9}$/.test(value) || Number(value) === 0)
      throw this.error(key, `is "${value}", not a number of milliseconds above 0`);
    return Number(value);
  }

  parsed<T>(key: string, parse: (value: string) => T): T | null {
    const value = this.text(key);
    if (value === null) return null;
    try {
      return parse(value);
    } catch (error) {
      if (error instanceof ClientError) throw this.error(key, `is wrong: ${error.message}`, error.advice);
      throw error;
    }
  }

  /** The file that a property points at. */
  contents(key: string, path: string): Buffer {
    try {
      return this.#readFile(path);
    } catch (error) {
      throw this.error(key, `cannot be read: ${path}: ${whyNoFile(error)}`);
    }
  }

  /** What was given and not looked at. Security settings are, where `security.protocol` does not ask for them. */
  notes(protocol: string): string[] {
    const ignored = [...this.#properties.values()].filter(({ key }) => !this.#used.has(key));
    return ignored.map(({ key, line }) => {
      const why = /^(ssl|sasl)\./.test(key)
        ? `is ignored: security.protocol is ${protocol}`
        : 'has no meaning for kmedic and is ignored';
      return `${this.#file}:${line}: ${key} ${why}`;
    });
  }
}

function tlsOf(given: Given): TlsSettings {
  const ca = trustOf(given);
  const identity = identityOf(given);
  const algorithm = given.text('ssl.endpoint.identification.algorithm');
  // Kafka spells "do not compare the host name" as an empty value; only the key's presence tells it from the default, https.
  const anyName = algorithm === null && given.isEmpty('ssl.endpoint.identification.algorithm');
  if (algorithm !== null && algorithm.toLowerCase() !== 'https') {
    throw given.error('ssl.endpoint.identification.algorithm', `is "${algorithm}"; it may be https or empty`);
  }
  return { ...ca, ...identity, ...(anyName ? { checkServerIdentity: () => undefined } : {}) };
}

function trustOf(given: Given): TlsSettings {
  const inline = given.text('ssl.truststore.certificates');
  const location = given.text('ssl.truststore.location');
  // A PEM trust store has no password; Kafka's own client refuses one, and nothing is lost by not looking.
  given.text('ssl.truststore.password');
  if (inline !== null) return { ca: inline };
  if (location === null) return {};
  return { ca: pem(given, 'ssl.truststore', location) };
}

function identityOf(given: Given): TlsSettings {
  const passphrase = given.text('ssl.key.password');
  const locked = passphrase === null ? {} : { passphrase };
  const chain = given.text('ssl.keystore.certificate.chain');
  const key = given.text('ssl.keystore.key');
  const location = given.text('ssl.keystore.location');
  given.text('ssl.keystore.password');
  if (chain !== null || key !== null) {
    if (chain === null || key === null) {
      throw given.error(
        chain === null ? 'ssl.keystore.key' : 'ssl.keystore.certificate.chain',
        'needs ssl.keystore.key and ssl.keystore.certificate.chain together',
      );
    }
    return { cert: chain, key, ...locked };
  }
  if (location === null) return {};
  const both = pem(given, 'ssl.keystore', location);
  return { cert: both, key: both, ...locked };
}

/** The PEM file of a key or trust store; Java's own formats are refused with the command that converts them. */
function pem(given: Given, store: 'ssl.truststore' | 'ssl.keystore', location: string): Buffer {
  const type = given.text(`${store}.type`);
  const bytes = given.contents(`${store}.location`, location);
  if (type?.toUpperCase() === 'PEM' || (type === null && bytes.includes('-----BEGIN '))) return bytes;
  const convert =
    store === 'ssl.truststore'
      ? `keytool -exportcert -rfc -keystore ${location} -alias <alias> > ca.pem`
      : `keytool -importkeystore -srckeystore ${location} -destkeystore store.p12 -deststoretype PKCS12 && openssl pkcs12 -in store.p12 -nodes -out client.pem`;
  throw given.error(
    type === null ? `${store}.location` : `${store}.type`,
    `is a ${type ?? 'JKS or PKCS12'} store; kmedic reads PEM`,
    `Convert it and set ${store}.type=PEM: ${convert}`,
  );
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;
const JAAS = 'sasl.jaas.config';

function saslOf(given: Given): SaslSettings {
  const named = given.text('sasl.mechanism');
  if (named === null || named.toUpperCase() === 'GSSAPI') {
    throw given.error(
      'sasl.mechanism',
      'is GSSAPI (Kerberos), which is also the default; kmedic cannot do that',
      `Use one of ${MECHANISMS.join(', ')}.`,
    );
  }
  const mechanism = given.oneOf('sasl.mechanism', MECHANISMS) ?? 'PLAIN';
  const jaas = given.text(JAAS);
  if (jaas === null) throw given.error(JAAS, `is missing; ${mechanism} needs it`, exampleOf(mechanism));
  const login = parseJaas(jaas);
  // The text holds a password, so it is not repeated.
  if (login === null) throw given.error(JAAS, 'is not "<module> required <option>=<value> …;"', exampleOf(mechanism));
  const option = (name: string) => {
    const value = login.options.get(name);
    if (value === undefined) throw given.error(JAAS, `has no ${name}`, exampleOf(mechanism));
    return value;
  };
  if (mechanism === 'OAUTHBEARER') return { mechanism, token: option('token') };
  return { mechanism, username: option('username'), password: option('password') };
}

function exampleOf(mechanism: SaslSettings['mechanism']): string {
  if (mechanism === 'OAUTHBEARER') {
    return 'kmedic takes a token that was fetched before: sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required token="<jwt>";';
  }
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return `For example: sasl.jaas.config=org.apache.kafka.common.security.${module} required username="alice" password="secret";`;
}
