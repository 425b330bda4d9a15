import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionSettings } from '../../src/client/channel.ts';
import { ClientError } from '../../src/client/error.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import { ApiVersions, ListGroups, SaslAuthenticate, SaslHandshake } from '../../src/protocol/api/index.ts';
import { FakeBroker, HANG_UP, type Rule, rule, SILENCE } from './fake-broker.ts';

const SETTINGS: ConnectionSettings = { clientId: 'test', connectTimeoutMs: 2_000, tls: null, sasl: null };
const LIST = ListGroups.key;
const EMPTY_LIST = Buffer.alloc(0);

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

async function fake(rules: readonly Rule[], host?: string) {
  const broker = new FakeBroker(rules);
  const port = await broker.listen(host);
  cleanup.push(() => broker.close());
  return { broker, port };
}

async function open(port: number, settings: Partial<ConnectionSettings> = {}, host = '127.0.0.1') {
  const channel = await openKafkajsChannel({ host, port }, { ...SETTINGS, ...settings });
  cleanup.push(() => channel.close());
  return channel;
}

/** A server that is not a Kafka broker: it writes bytes as soon as it hears something. */
async function stranger(bytes: Buffer): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function failure(promise: Promise<unknown>): Promise<ClientError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}

const groups = (...ids: string[]) => ({ groups: ids.map((groupId) => ({ groupId, protocolType: 'consumer' })) });

describe('the kafkajs that the channel is built on', () => {
  it('is exactly 2.2.4: the channel uses its insides', () => {
    const path = createRequire(import.meta.url).resolve('kafkajs/package.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: '2.2.4' });
  });
});

describe('a channel', () => {
  it('knows the versions that the broker serves, those of APIs that kafkajs does not know included', async () => {
    const { port } = await fake([rule(ListGroups, 5, () => groups())]);
    const channel = await open(port);
    expect(channel.versions.get(LIST)).toEqual({ min: 0, max: 5 });
    expect(channel.open).toBe(true);
  });

  it('pipelines requests on one connection and matches the answers', async () => {
    const { broker, port } = await fake([rule(ListGroups, 2, (_, version) => groups(`v${version}`))]);
    const channel = await open(port);
    const answers = await Promise.all([0, 1, 2].map((version) => channel.request(LIST, version, EMPTY_LIST, 2_000)));
    expect(answers.map((answer, version) => answer.includes(`v${version}`))).toEqual([true, true, true]);
    expect(broker.connections).toBe(1);
  });

  it('sends requests of key 1 (Fetch) on the same connection', async () => {
    const { broker, port } = await fake([rule(ListGroups, 2, () => groups())]);
    const channel = await open(port);
    await failure(channel.request(1, 4, Buffer.alloc(0), 2_000));
    expect(broker.seen.at(-1)).toMatchObject({ api: 'unexpected 1', connection: 1 });
  });

  it('reaches an IPv6 address', async () => {
    const { port } = await fake([rule(ListGroups, 2, () => groups('six'))], '::1');
    const channel = await open(port, {}, '::1');
    expect((await channel.request(LIST, 0, EMPTY_LIST, 2_000)).includes('six')).toBe(true);
  });

  it('gives a slow request its own bound and fails what waits behind it', async () => {
    const { port } = await fake([rule(ListGroups, 2, () => SILENCE)]);
    const channel = await open(port);
    const slow = failure(channel.request(LIST, 0, EMPTY_LIST, 50));
    const behind = failure(channel.request(LIST, 0, EMPTY_LIST, 60_000));
    expect(await slow).toMatchObject({ name: 'TIMED_OUT', message: `127.0.0.1:${port} did not answer within 50 ms` });
    expect(await behind).toMatchObject({ name: 'TIMED_OUT' });
    expect(channel.open).toBe(false);
    expect(await failure(channel.request(LIST, 0, EMPTY_LIST, 50))).toMatchObject({ name: 'TIMED_OUT' });
  });

  it('waits for an answer as long as bytes of it keep coming in', async () => {
    const trickle = setInterval(() => {
      if (sent === 0) return;
      sent += 1;
      broker.write(Buffer.alloc(10));
    }, 40);
    let sent = 0;
    cleanup.push(() => clearInterval(trickle));
    const { broker, port } = await fake([
      rule(ListGroups, 2, () => {
        sent = 1;
        // A frame of 204 bytes: the correlation id of the second request, and 200 bytes that take 20 writes.
        return Buffer.from([0, 0, 0, 204, 0, 0, 0, 1]);
      }),
    ]);
    const channel = await open(port);
    expect(await channel.request(LIST, 0, EMPTY_LIST, 400)).toHaveLength(200);
    expect(sent).toBeGreaterThanOrEqual(20);
  });

  it('rejects what is in flight when it is closed, and at once', async () => {
    const { port } = await fake([rule(ListGroups, 2, () => SILENCE)]);
    const channel = await open(port);
    const waiting = failure(channel.request(LIST, 0, EMPTY_LIST, 60_000));
    channel.close();
    expect(await waiting).toMatchObject({ name: 'UNREACHABLE' });
  });

  it('says so when the broker hangs up', async () => {
    const { port } = await fake([rule(ListGroups, 2, () => HANG_UP)]);
    const channel = await open(port);
    expect(await failure(channel.request(LIST, 0, EMPTY_LIST, 2_000))).toMatchObject({
      name: 'UNREACHABLE',
      message: `127.0.0.1:${port} closed the connection`,
      advice: expect.stringContaining('security.protocol'),
    });
  });

  it.each([
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xfb, 0, 0, 0, 0])],
    ['a length of nothing', Buffer.from([0, 0, 0, 0])],
    ['a length beyond reason', Buffer.from([0x7f, 0xff, 0xff, 0xff])],
  ])('survives garbage in an answer: %s', async (_, bytes) => {
    const { port } = await fake([rule(ListGroups, 2, () => bytes)]);
    const channel = await open(port);
    expect(await failure(channel.request(LIST, 0, EMPTY_LIST, 60_000))).toMatchObject({ name: 'NOT_KAFKA' });
  });

  it('leaves no timer running when it is idle, and warns of nothing', async () => {
    const { port } = await fake([rule(ListGroups, 2, () => groups())]);
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    cleanup.push(() => void process.off('warning', listen));
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const channel = await open(port);
    await channel.request(LIST, 0, EMPTY_LIST, 2_000);
    await new Promise(setImmediate);
    // A timer of the test runner may end in between.
    expect(timers()).toBeLessThanOrEqual(before);
    expect(warnings).toEqual([]);
  });
});

describe('connecting', () => {
  it('names address and cause when nothing listens', async () => {
    const { broker, port } = await fake([]);
    await broker.close();
    expect(await failure(open(port))).toMatchObject({
      name: 'UNREACHABLE',
      message: `cannot reach 127.0.0.1:${port}: nothing listens there (ECONNREFUSED)`,
      advice: expect.any(String),
    });
  });

  it('is bounded when the broker accepts and stays silent', async () => {
    const { port } = await fake([rule(ApiVersions, 4, () => SILENCE)]);
    expect(await failure(open(port, { connectTimeoutMs: 50 }))).toMatchObject({
      name: 'TIMED_OUT',
      message: `no answer from 127.0.0.1:${port} within 50 ms of connecting`,
    });
  });

  it.each([
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'NOT_KAFKA', '"HTTP"'],
    ['TLS', Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50]), 'TLS', 'speaks TLS'],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'), 'NOT_KAFKA', '"SSH-"'],
  ])('recognises a port that speaks %s', async (_, bytes, name, said) => {
    const error = await failure(open(await stranger(bytes), { connectTimeoutMs: 10_000 }));
    expect(error.name).toBe(name);
    expect(error.message).toContain(said);
  });

  it('fails with TLS on a listener without', async () => {
    const { port } = await fake([]);
    expect(await failure(open(port, { tls: {} }))).toMatchObject({
      name: 'TLS',
      advice: expect.stringContaining('security.protocol'),
    });
  });
});

describe('SASL', () => {
  const handshake = rule(SaslHandshake, 1, () => ({ mechanisms: ['PLAIN', 'OAUTHBEARER'] }));
  const sasl = { mechanism: 'PLAIN', username: 'ann', password: 's3cret' } as const;

  it('fails on a listener without', async () => {
    const { port } = await fake([]);
    expect(await failure(open(port, { sasl }))).toMatchObject({
      name: 'AUTHENTICATION',
      message: `127.0.0.1:${port} does no SASL`,
      advice: expect.stringContaining('security.protocol'),
    });
  });

  it('authenticates with PLAIN before anything else is sent', async () => {
    const tokens: string[] = [];
    const { broker, port } = await fake([
      handshake,
      rule(SaslAuthenticate, 1, ({ authBytes }) => {
        tokens.push(authBytes.toString());
        return {};
      }),
      rule(ListGroups, 2, () => groups()),
    ]);
    const channel = await open(port, { sasl });
    await channel.request(LIST, 0, EMPTY_LIST, 2_000);
    expect(tokens).toEqual(['\0ann\0s3cret']);
    expect(broker.seen.map(({ api }) => api)).toEqual(['SaslHandshake', 'SaslAuthenticate', 'ListGroups']);
  });

  it('passes an OAUTHBEARER token', async () => {
    const tokens: string[] = [];
    const { port } = await fake([
      handshake,
      rule(SaslAuthenticate, 1, ({ authBytes }) => {
        tokens.push(authBytes.toString());
        return {};
      }),
    ]);
    await open(port, { sasl: { mechanism: 'OAUTHBEARER', token: 'abc.def' } });
    expect(tokens[0]).toContain('auth=Bearer abc.def');
  });

  it.each([
    [
      'refused credentials',
      rule(SaslAuthenticate, 1, () => ({ errorCode: 58, errorMessage: 'no such user' })),
      'PLAIN',
    ],
    ['an unknown mechanism', rule(SaslAuthenticate, 1, () => ({})), 'SCRAM-SHA-512'],
  ] as const)('tells of %s without repeating the password', async (_, authenticate, mechanism) => {
    const { port } = await fake([handshake, authenticate]);
    const error = await failure(open(port, { sasl: { ...sasl, mechanism } }));
    expect(error.name).toBe('AUTHENTICATION');
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(`${error.message}${error.advice}`).not.toContain('s3cret');
  });
});
