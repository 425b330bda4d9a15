import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { TlsSettings } from '../../src/client/channel.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import { interpretProperties } from '../../src/client/properties.ts';
import { ListGroups } from '../../src/protocol/api/index.ts';
import { FakeBroker, rule } from './fake-broker.ts';

const FIXTURES = new URL('../../fixtures/tls/', import.meta.url);
const fixture = (name: string) => readFileSync(new URL(name, FIXTURES));
const BROKER = { key: fixture('broker.key'), cert: fixture('broker.pem'), ca: fixture('ca.pem') };

let broker: FakeBroker | undefined;
afterEach(() => broker?.close());

const tlsOf = (...lines: string[]) =>
  interpretProperties(['security.protocol=SSL', ...lines].join('\n'), 'client.properties', fixture).tls;
const TRUST = 'ssl.truststore.location=ca.pem';

async function list(tls: TlsSettings | null, options: { host?: string; mutual?: boolean } = {}): Promise<string> {
  const { host = 'localhost', mutual = false } = options;
  const answer = rule(ListGroups, 2, () => ({ groups: [{ groupId: 'secret', protocolType: '' }] }));
  broker = new FakeBroker([answer], { ...BROKER, requestCert: mutual, rejectUnauthorized: mutual });
  const port = await broker.listen();
  const settings = { clientId: 'test', connectTimeoutMs: 5_000, tls, sasl: null };
  const channel = await openKafkajsChannel({ host, port }, settings);
  try {
    return (await channel.request(ListGroups.key, 0, Buffer.alloc(0), 5_000)).toString();
  } finally {
    channel.close();
  }
}

describe('TLS', () => {
  it('trusts the given authority', async () => {
    expect(await list(tlsOf(TRUST))).toContain('secret');
  });

  it('presents a client certificate', async () => {
    expect(await list(tlsOf(TRUST, 'ssl.keystore.location=client.pem'), { mutual: true })).toContain('secret');
  });

  it('does not compare the host name when it is told so', async () => {
    const tls = tlsOf(TRUST, 'ssl.endpoint.identification.algorithm=');
    expect(await list(tls, { host: '127.0.0.1' })).toContain('secret');
  });

  it.each([
    ['an authority that is not trusted', () => list(tlsOf()), /^TLS with localhost:\d+ failed: /],
    [
      'another host name',
      () => list(tlsOf(TRUST), { host: '127.0.0.1' }),
      /^TLS with 127\.0\.0\.1:\d+ failed: .*altnames/,
    ],
    [
      'a missing client certificate',
      () => list(tlsOf(TRUST), { mutual: true }),
      /^TLS with localhost:\d+ failed: .*certificate/,
    ],
    ['a client without TLS', () => list(null), /^localhost:\d+ (?:speaks TLS|closed the connection)/],
  ])('refuses %s, and says why', async (_, attempt, message) => {
    const error = await attempt().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ message: expect.stringMatching(message), advice: expect.any(String) });
  });
});
