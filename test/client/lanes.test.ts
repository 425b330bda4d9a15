import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Channel, OpenChannel } from '../../src/client/channel.ts';
import { ClientError } from '../../src/client/error.ts';
import { openLanes } from '../../src/client/lanes.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const ADDRESS = { host: 'a', port: 1 };
const SETTINGS = { clientId: 'test', connectTimeoutMs: 1_000, tls: null, sasl: null };
const NOTHING = Buffer.alloc(0);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A broker that takes `workMs` for each answer, one after the other on each connection, `wayMs` away. */
class Broker {
  readonly channels: { open: boolean; closed: boolean; fails: boolean }[] = [];
  readonly #workMs: number;
  readonly #wayMs: number;
  connections = Number.POSITIVE_INFINITY;

  constructor(workMs: number, wayMs = 0) {
    this.#workMs = workMs;
    this.#wayMs = wayMs;
  }

  readonly open: OpenChannel = async () => {
    if (this.channels.length >= this.connections) throw new ClientError('UNREACHABLE', 'too many connections');
    const state = { open: true, closed: false, fails: false };
    this.channels.push(state);
    let busy = Promise.resolve();
    await sleep(this.#workMs + this.#wayMs);
    const channel: Channel = {
      versions: new Map(),
      get open() {
        return state.open;
      },
      request: async () => {
        const turn = busy.then(() => sleep(this.#workMs));
        busy = turn;
        await turn;
        await sleep(this.#wayMs);
        if (state.fails) {
          state.open = false;
          throw new ClientError('UNREACHABLE', 'lost');
        }
        return NOTHING;
      },
      close: () => {
        state.open = false;
        state.closed = true;
      },
    };
    return channel;
  };
}

async function connect(broker: Broker): Promise<Channel> {
  const opening = openLanes(broker.open)(ADDRESS, SETTINGS);
  await vi.runAllTimersAsync();
  return opening;
}

/** Sends so many at once; how long it takes until all are answered, in ms. */
async function burst(channel: Channel, requests: number): Promise<number> {
  const began = performance.now();
  const answers = Array.from({ length: requests }, () => channel.request(1, 0, NOTHING, 60_000));
  const done = Promise.allSettled(answers).then(() => performance.now() - began);
  await vi.runAllTimersAsync();
  return done;
}

describe('lanes to a broker', () => {
  it('are opened where answers come slowly one after the other, and share what is asked', async () => {
    const broker = new Broker(1_000);
    const channel = await connect(broker);
    expect(await burst(channel, 3)).toBe(3_000);
    expect(broker.channels).toHaveLength(1);
    // The third finds two before it, and waits for the new connections: one second, as for each answer.
    expect(await burst(channel, 8)).toBe(3_000);
    expect(broker.channels).toHaveLength(4);
    expect(await burst(channel, 8)).toBe(2_000);
    expect(broker.channels).toHaveLength(4);
  });

  it('are not opened to a broker that is only far away', async () => {
    const broker = new Broker(1, 2_000);
    const channel = await connect(broker);
    await burst(channel, 20);
    await burst(channel, 20);
    expect(broker.channels).toHaveLength(1);
  });

  it('are done without where the broker takes no more connections', async () => {
    const broker = new Broker(1_000);
    broker.connections = 1;
    const channel = await connect(broker);
    await burst(channel, 3);
    expect(await burst(channel, 4)).toBe(4_000);
    expect(channel.open).toBe(true);
  });

  it('end together: with one lost nothing new is sent, what is under way is answered, and all are closed', async () => {
    const broker = new Broker(1_000);
    const channel = await connect(broker);
    await burst(channel, 3);
    await burst(channel, 8);
    const [, second] = broker.channels;
    if (second === undefined) throw new Error('no second lane');
    second.fails = true;
    const answers = Array.from({ length: 4 }, () => channel.request(1, 0, NOTHING, 60_000));
    const settled = Promise.allSettled(answers);
    await vi.runAllTimersAsync();
    expect((await settled).map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(channel.open).toBe(false);
    expect(broker.channels.every(({ closed }) => closed)).toBe(true);
  });
});
