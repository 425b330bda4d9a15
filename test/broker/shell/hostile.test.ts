import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../../src/broker/shell/index.ts';

/* Whatever strangers send to the port: the broker goes on, for others at once, in bounded memory. */

const API_KEYS = 80;
const MIB = 1 << 20;

let cluster: EmbeddedCluster;
let port: number;
const errors: string[] = [];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    topics: [{ name: 'orders', partitions: 3, replicationFactor: 3 }],
    log: (level, message, fields) => {
      if (level === 'error') errors.push(`${message} ${JSON.stringify(fields)}`);
    },
  });
  port = cluster.brokers[0]?.port ?? 0;
});

afterAll(async () => {
  await cluster.close();
});

/** Chance that comes again with its seed (mulberry32). */
function chance(seed: number) {
  let state = seed;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
  return { below, bytes: (length: number) => Buffer.from(Array.from({ length }, () => below(256))) };
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A request of any API: the first header version, an empty client id, and then `body`. */
function request(apiKey: number, version: number, body: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(version, 2);
  header.writeInt32BE(7, 4);
  header.writeInt16BE(-1, 8);
  return Buffer.concat([int32(header.length + body.length), header, body]);
}

const METADATA_OF_ALL = request(3, 1, int32(-1));

/** Whether the broker still answers somebody who behaves. */
async function answers(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1', () => socket.write(METADATA_OF_ALL));
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return chunk.readInt32BE(4) === 7;
}

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.off('error', reject);
      // Being thrown out is what is expected here.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

const KINDS: Readonly<Record<string, (random: ReturnType<typeof chance>) => Buffer>> = {
  'random bytes': (random) => random.bytes(1 + random.below(400)),
  HTTP: () => Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'a TLS hello': (random) => Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252]), random.bytes(508)]),
  'the largest length, and little behind it': (random) => Buffer.concat([int32(104_857_600), random.bytes(100)]),
  'a negative length': (random) => Buffer.concat([int32(-1 - random.below(1 << 30)), random.bytes(10)]),
  'a request of chance': (random) => request(random.below(API_KEYS), random.below(20), random.bytes(random.below(200))),
  'huge counts': (random) => request(random.below(API_KEYS), random.below(20), Buffer.alloc(60, 0x7f)),
  'negative counts': (random) => request(random.below(API_KEYS), random.below(20), Buffer.alloc(60, 0xff)),
  'a request of nulls': (random) => request(random.below(API_KEYS), random.below(20), Buffer.alloc(random.below(90))),
  'half a request': (random) => {
    const whole = request(random.below(API_KEYS), random.below(20), random.bytes(50));
    return whole.subarray(0, 1 + random.below(whole.length - 1));
  },
};

describe('strangers at the port', () => {
  it.each(Object.keys(KINDS))('100 connections that send %s', async (kind) => {
    const make = KINDS[kind] ?? expect.unreachable();
    const random = chance(kind.length);
    const one = async () => {
      const socket = await open();
      socket.resume();
      const closed = once(socket, 'close');
      socket.end(make(random));
      await closed;
    };
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 25 }, one));
      expect(await answers()).toBe(true);
    }
    // Bytes that no decoder understands are the sender's fault, not an error of a handler.
    expect(errors).toEqual([]);
  });

  it('announced bytes take no memory until they come', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const sockets = await Promise.all(Array.from({ length: 100 }, open));
    for (const socket of sockets) socket.write(Buffer.concat([int32(104_857_600), Buffer.alloc(1000)]));
    expect(await answers()).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * MIB);
    for (const socket of sockets) socket.destroy();
  });

  it('a byte at a time hinders nobody', async () => {
    const sockets = await Promise.all(Array.from({ length: 50 }, open));
    for (const byte of METADATA_OF_ALL.subarray(0, -1)) {
      for (const socket of sockets) socket.write(Buffer.from([byte]));
      expect(await answers()).toBe(true);
    }
    const [patient, ...others] = sockets;
    const answered = once(patient ?? expect.unreachable(), 'data');
    patient?.write(METADATA_OF_ALL.subarray(-1));
    expect(((await answered) as [Buffer])[0].readInt32BE(4)).toBe(7);
    for (const socket of [patient, ...others]) socket?.destroy();
  });

  it('who never reads is not read either', async () => {
    const socket = await open();
    socket.pause();
    const before = process.memoryUsage();
    // A million requests, 18 MB. The kernel's buffers and the broker's limits are full long before the last of them.
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => METADATA_OF_ALL));
    for (let i = 0; i < 100; i++) socket.write(many);
    for (let round = 0; round < 100; round++) expect(await answers()).toBe(true);
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(64 * MIB);
    expect(socket.writableLength).toBeGreaterThan(0);
    socket.destroy();
  });
});
