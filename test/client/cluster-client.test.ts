import { afterEach, describe, expect, it } from 'vitest';
import { ClusterClient } from '../../src/client/cluster-client.ts';
import { openKafkajsChannel } from '../../src/client/kafkajs-channel.ts';
import { DeleteGroups, DescribeConfigs, ListGroups, Metadata } from '../../src/protocol/api/index.ts';
import { FakeBroker, HANG_UP, type Rule, rule, SILENCE } from './fake-broker.ts';

const brokers: FakeBroker[] = [];
const clients: ClusterClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

async function start(...rules: Rule[]): Promise<{ broker: FakeBroker; port: number }> {
  const broker = new FakeBroker(rules);
  brokers.push(broker);
  return { broker, port: await broker.listen() };
}

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const { broker, port } = await start();
  await broker.close();
  return port;
}

function connect(ports: readonly number[], timeoutMs = 2_000): ClusterClient {
  const client = new ClusterClient(
    {
      bootstrap: ports.map((port) => ({ host: '127.0.0.1', port })),
      clientId: 'test',
      connectTimeoutMs: timeoutMs,
      requestTimeoutMs: timeoutMs,
      tls: null,
      sasl: null,
    },
    openKafkajsChannel,
  );
  clients.push(client);
  return client;
}

const metadata = (ports: readonly number[]) =>
  rule(Metadata, 13, () => ({ brokers: ports.map((port, i) => ({ nodeId: i + 1, host: '127.0.0.1', port })) }));
const listing = rule(ListGroups, 5, (_, version) => ({ groups: [{ groupId: `v${version}`, protocolType: '' }] }));

describe('bootstrap', () => {
  it('takes the first address that answers', async () => {
    const { port } = await start(listing);
    const client = connect([await deadPort(), port]);
    expect((await client.call('any', ListGroups, {})).body.groups[0]?.groupId).toBe('v5');
  });

  it('does not wait for a silent address', async () => {
    const silent = await start();
    silent.broker.set(rule({ ...ListGroups, key: 18 }, 4, () => SILENCE));
    const { port } = await start(listing);
    // Whoever waits for it waits for longer than a test may take.
    const { body } = await connect([silent.port, port], 600_000).call('any', ListGroups, {});
    expect(body.groups[0]?.groupId).toBe('v5');
  });

  it('names every address when none answers, and begins again when it is asked again', async () => {
    const ports = [await deadPort(), await deadPort()];
    const client = connect(ports);
    for (let i = 0; i < 2; i++) {
      const error = await client.call('any', ListGroups, {}).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'UNREACHABLE' });
      for (const port of ports) expect(String(error)).toContain(`127.0.0.1:${port}: cannot reach`);
    }
  });

  it('is done once for calls that begin together', async () => {
    const { broker, port } = await start(listing);
    const client = connect([port]);
    await Promise.all([1, 2, 3].map(() => client.call('any', ListGroups, {})));
    expect(broker.connections).toBe(1);
  });
});

describe('a call', () => {
  it('uses the newest common version, or the one it is capped at', async () => {
    const { broker, port } = await start(rule(ListGroups, 3, () => ({}), 1));
    const client = connect([port]);
    expect(await client.version('any', ListGroups)).toBe(3);
    await client.call('any', ListGroups, {});
    await client.call('any', ListGroups, {}, { maxVersion: 2 });
    expect(broker.seen.map(({ version }) => version)).toEqual([3, 2]);
    await expect(client.call('any', ListGroups, {}, { maxVersion: 0 })).rejects.toMatchObject({ name: 'UNSUPPORTED' });
    await expect(client.call('any', DescribeConfigs, {})).rejects.toMatchObject({
      name: 'UNSUPPORTED',
      message: `127.0.0.1:${port} does not serve DescribeConfigs`,
    });
    expect(await client.speaks('any', DescribeConfigs)).toBe(false);
    expect(await client.speaks('any', ListGroups, 4)).toBe(false);
  });

  it('goes to the node that metadata names, over the connection that is there', async () => {
    const second = await start(listing);
    const first = await start(listing);
    first.broker.set(metadata([first.port, second.port]));
    const client = connect([first.port]);
    await client.metadata([]);
    await Promise.all([client.call(1, ListGroups, {}), client.call(2, ListGroups, {})]);
    expect([first.broker.connections, second.broker.connections]).toEqual([1, 1]);
    expect([first.broker.count('ListGroups'), second.broker.count('ListGroups')]).toEqual([1, 1]);
    await expect(client.call(7, ListGroups, {})).rejects.toMatchObject({
      name: 'UNREACHABLE',
      message: expect.stringContaining("broker 7 is not in the cluster's metadata"),
    });
  });

  it('counts requests and the longest chain of them', async () => {
    const { port } = await start(listing);
    const client = connect([port]);
    const first = await client.call('any', ListGroups, {});
    await Promise.all([1, 2].map(() => client.call('any', ListGroups, {}, { after: first.depth })));
    expect([...client.requests]).toEqual([['ListGroups', 3]]);
    expect(client.roundTrips).toBe(2);
    client.begin();
    expect(client.roundTrips).toBe(0);
  });

  it('sends a read again when the connection that was kept breaks, and not for ever', async () => {
    const { broker, port } = await start(listing);
    const client = connect([port]);
    await client.call('any', ListGroups, {});
    let breaks = 1;
    broker.set(rule(ListGroups, 5, () => (breaks-- > 0 ? HANG_UP : {})));
    await client.call('any', ListGroups, {});
    expect(broker.count('ListGroups')).toBe(3);
    breaks = 99;
    await expect(client.call('any', ListGroups, {})).rejects.toMatchObject({ name: 'UNREACHABLE' });
    expect(broker.count('ListGroups')).toBe(5);
  });

  it('opens one new connection for calls that find the old one dead together', async () => {
    const { broker, port } = await start(listing);
    broker.set(metadata([port]));
    const client = connect([port]);
    await client.metadata([]);
    broker.drop();
    await Promise.all([1, 2, 3].map(() => client.call(1, ListGroups, {})));
    expect(broker.connections).toBe(2);
  });

  it('goes on through a node that it is connected to already when its bootstrap server is gone', async () => {
    const first = await start(listing);
    const second = await start(listing);
    first.broker.set(metadata([first.port, second.port]));
    const client = connect([first.port]);
    await client.metadata([]);
    await client.call(2, ListGroups, {});
    await first.broker.close();
    await client.call('any', ListGroups, {});
    await client.call(2, ListGroups, {});
    await expect.poll(() => second.broker.open, { timeout: 30_000 }).toBe(1);
  });

  it('never sends twice what changes something', async () => {
    const { broker, port } = await start(
      listing,
      rule(DeleteGroups, 2, () => HANG_UP),
    );
    const client = connect([port]);
    await client.call('any', ListGroups, {});
    await expect(client.call('any', DeleteGroups, { groupsNames: ['g'] })).rejects.toMatchObject({
      name: 'UNREACHABLE',
    });
    expect(broker.count('DeleteGroups')).toBe(1);
  });

  it('tells which broker sent an answer that cannot be read', async () => {
    const { broker, port } = await start(listing);
    const client = connect([port]);
    await client.call('any', ListGroups, {});
    // A frame with the right correlation id (2: ApiVersions and one ListGroups went before) and nothing but a throttle time.
    broker.set(rule(ListGroups, 5, () => Buffer.from([0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 0, 0])));
    await expect(client.call('any', ListGroups, {})).rejects.toMatchObject({
      name: 'UNDECODABLE',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ sent an answer to ListGroups v5 that cannot be read: /),
    });
  });

  it('does not let a topic be created by asking for it, whatever the version', async () => {
    const asked: unknown[] = [];
    const { port } = await start(
      rule(Metadata, 3, ({ topics }) => {
        asked.push(topics);
        return {};
      }),
    );
    await connect([port]).metadata(['typo']);
    expect(asked).toEqual([null]);
  });
});
