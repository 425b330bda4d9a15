import { describe, expect, it } from 'vitest';
import type { ClientError } from '../../src/client/error.ts';
import { parseJaas } from '../../src/client/jaas.ts';
import { interpretProperties } from '../../src/client/properties.ts';
import { parseProperties } from '../../src/client/properties-file.ts';

const PEM = Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
const FILES: Readonly<Record<string, Buffer>> = {
  'ca.pem': PEM,
  'client.pem': PEM,
  'trust.jks': Buffer.from([0xfe, 0xed, 0xfe, 0xed]),
};

function readFile(path: string): Buffer {
  const bytes = FILES[path];
  if (bytes === undefined) throw new Error(`ENOENT: ${path}`);
  return bytes;
}

const interpret = (...lines: string[]) => interpretProperties(lines.join('\n'), 'client.properties', readFile);

function refusal(...lines: string[]): ClientError {
  try {
    interpret(...lines);
  } catch (error) {
    return error as ClientError;
  }
  throw new Error('not refused');
}

/** The examples of java.util.Properties' own documentation, and what Java reads from them. */
describe("Java's properties format", () => {
  const values = (text: string) =>
    Object.fromEntries([...parseProperties(text, 'f')].map(([key, { value }]) => [key, value]));

  it.each([
    ['Truth = Beauty', { Truth: 'Beauty' }],
    [' Truth:Beauty', { Truth: 'Beauty' }],
    ['Truth                    :Beauty', { Truth: 'Beauty' }],
    [
      'fruits     apple, banana, pear, \\\n           cantaloupe, watermelon',
      { fruits: 'apple, banana, pear, cantaloupe, watermelon' },
    ],
    ['cheeses', { cheeses: '' }],
    ['# comment\n! comment\n\n  # comment\na=b', { a: 'b' }],
    ['a\\:b\\=c\\ d=e', { 'a:b=c d': 'e' }],
    ['path=C:\\\\kafka\\\\certs', { path: 'C:\\kafka\\certs' }],
    ['a=x\\ty\\u00e9', { a: 'x\tyé' }],
    ['a=1\r\nb=2\rc=3', { a: '1', b: '2', c: '3' }],
    ['a=1\na=2', { a: '2' }],
    ['a=ends with backslash\\\\\nb=2', { a: 'ends with backslash\\', b: '2' }],
    ['a=b=c', { a: 'b=c' }],
  ])('%j', (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it('counts lines as an editor does, continued ones by their beginning', () => {
    expect(parseProperties('# x\n\na=1 \\\n  2\nb=3', 'f').get('b')?.line).toBe(5);
  });

  it('refuses a broken unicode escape with its place', () => {
    expect(() => parseProperties('a=1\nb=\\u12', 'f')).toThrow('f:2: \\u must be followed by four hexadecimal digits');
  });
});

describe('sasl.jaas.config', () => {
  it.each([
    ['o.a.PlainLoginModule required username="a" password="b;c\\"d";', { username: 'a', password: 'b;c"d' }],
    ["o.a.ScramLoginModule REQUIRED\n  username='a'\n  password='b' ;", { username: 'a', password: 'b' }],
    [
      'M required username=alice password=secret tokenauth=true;',
      { username: 'alice', password: 'secret', tokenauth: 'true' },
    ],
    ['M required;', {}],
  ])('%s', (text, options) => {
    expect(Object.fromEntries(parseJaas(text)?.options ?? [['not', 'parsed']])).toEqual(options);
  });

  it.each([
    '',
    'M required username="a"',
    'M username="a";',
    'M required username="a" junk;',
    'M required a="unclosed;',
  ])('is not %j', (text) => {
    expect(parseJaas(text)).toBeNull();
  });
});

describe('client.properties', () => {
  it('is plaintext without anything', () => {
    expect(interpret('')).toEqual({
      bootstrap: null,
      clientId: null,
      requestTimeoutMs: null,
      connectTimeoutMs: null,
      tls: null,
      sasl: null,
      notes: [],
    });
  });

  it('reads addresses, client id and time-outs', () => {
    expect(
      interpret(
        'bootstrap.servers=a:1,[::1]:2',
        'client.id=me',
        'request.timeout.ms=5000',
        'socket.connection.setup.timeout.ms=700',
      ),
    ).toMatchObject({
      bootstrap: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
      ],
      clientId: 'me',
      requestTimeoutMs: 5000,
      connectTimeoutMs: 700,
    });
  });

  it.each([
    ['PLAIN', 'plain.PlainLoginModule'],
    ['SCRAM-SHA-256', 'scram.ScramLoginModule'],
    ['SCRAM-SHA-512', 'scram.ScramLoginModule'],
  ])('SASL %s over TLS', (mechanism, module) => {
    const properties = interpret(
      'security.protocol=SASL_SSL',
      `sasl.mechanism=${mechanism}`,
      `sasl.jaas.config=org.apache.kafka.common.security.${module} required \\`,
      '  username="alice" \\',
      '  password="p=w d";',
    );
    expect(properties.sasl).toEqual({ mechanism, username: 'alice', password: 'p=w d' });
    expect(properties.tls).toEqual({});
    expect(properties.notes).toEqual([]);
  });

  it('OAUTHBEARER with a token', () => {
    const jaas =
      'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required token="a.b.c";';
    expect(interpret('security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=OAUTHBEARER', jaas).sasl).toEqual({
      mechanism: 'OAUTHBEARER',
      token: 'a.b.c',
    });
  });

  it('PEM stores, and host names not compared', () => {
    const { tls } = interpret(
      'security.protocol=ssl',
      'ssl.truststore.type=PEM',
      'ssl.truststore.location=ca.pem',
      'ssl.keystore.location=client.pem',
      'ssl.key.password=k',
      'ssl.endpoint.identification.algorithm=',
    );
    expect(tls).toEqual({ ca: PEM, cert: PEM, key: PEM, passphrase: 'k', checkServerIdentity: expect.any(Function) });
    expect(tls?.checkServerIdentity?.('other', {} as never)).toBeUndefined();
  });

  it('compares host names when it says https or nothing', () => {
    expect(interpret('security.protocol=SSL', 'ssl.endpoint.identification.algorithm=https').tls).toEqual({});
    expect(interpret('security.protocol=SSL').tls).toEqual({});
  });

  it('certificates inside the file', () => {
    const { tls } = interpret(
      'security.protocol=SSL',
      'ssl.truststore.certificates=CA',
      'ssl.keystore.certificate.chain=CERT',
      'ssl.keystore.key=KEY',
    );
    expect(tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
  });

  it('notes keys that mean nothing here', () => {
    expect(interpret('# mine', 'group.id=x', 'max.poll.records=1').notes).toEqual([
      'client.properties:2: group.id has no meaning for kmedic and is ignored',
      'client.properties:3: max.poll.records has no meaning for kmedic and is ignored',
    ]);
  });

  it('notes security settings that nothing asked for', () => {
    expect(interpret('sasl.mechanism=PLAIN', 'security.protocol=PLAINTEXT').notes).toEqual([
      'client.properties:1: sasl.mechanism is ignored: security.protocol is PLAINTEXT',
    ]);
  });

  it.each([
    [['', 'security.protocol=TLS'], 'client.properties:2: security.protocol is "TLS", which is none of'],
    [['request.timeout.ms=ten'], 'client.properties:1: request.timeout.ms is "ten"'],
    [['request.timeout.ms=0'], 'client.properties:1: request.timeout.ms is "0"'],
    [['bootstrap.servers=a:x'], 'client.properties:1: bootstrap.servers is wrong: not a broker address: "a:x"'],
    [['security.protocol=SASL_SSL'], 'client.properties: sasl.mechanism is GSSAPI'],
    [
      ['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN'],
      'client.properties: sasl.jaas.config is missing; PLAIN needs it',
    ],
    [
      ['security.protocol=SASL_SSL', 'sasl.mechanism=PLAIN', 'sasl.jaas.config=M required username="a";'],
      'client.properties:3: sasl.jaas.config has no password',
    ],
    [['security.protocol=SASL_SSL', 'sasl.mechanism=AWS'], 'client.properties:2: sasl.mechanism is "AWS"'],
    [
      ['security.protocol=SSL', 'ssl.truststore.location=no.pem'],
      'client.properties:2: ssl.truststore.location cannot be read: no.pem: ',
    ],
    [
      ['security.protocol=SSL', 'ssl.endpoint.identification.algorithm=ldap'],
      'client.properties:2: ssl.endpoint.identification.algorithm is "ldap"',
    ],
    [['security.protocol=SSL', 'ssl.keystore.key=K'], 'client.properties:2: ssl.keystore.key needs'],
  ])('refuses %j', (lines, message) => {
    const error = refusal(...lines);
    expect(error.name).toBe('INVALID_SETTING');
    expect(error.message).toContain(message);
  });

  it('says how to convert a Java key store', () => {
    const error = refusal(
      'security.protocol=SSL',
      'ssl.truststore.location=trust.jks',
      'ssl.truststore.password=changeit',
    );
    expect(error.message).toBe(
      'client.properties:2: ssl.truststore.location is a JKS or PKCS12 store; kmedic reads PEM',
    );
    expect(error.advice).toContain('keytool -exportcert -rfc -keystore trust.jks');
  });

  it('never repeats a password', () => {
    const error = refusal(
      'security.protocol=SASL_SSL',
      'sasl.mechanism=PLAIN',
      'sasl.jaas.config=M required username="a" password="hunter2"',
    );
    expect(`${error.message} ${error.advice}`).not.toContain('hunter2');
  });
});
