import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClusterStartError, type EmbeddedCluster, startCluster } from '../../../src/broker/shell/index.ts';
import { ApiVersions, DescribeLogDirs, Metadata } from '../../../src/protocol/api/index.ts';
import { decodeResponse, encodeRequest } from '../../../src/protocol/frame.ts';
import { RawClient } from '../../kafka/raw-client.ts';

const PORT = 21_710;

let directory: string;
const running: EmbeddedCluster[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kmedic-cluster-'));
});

afterEach(async () => {
  for (const cluster of running.splice(0)) await cluster.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startCluster>[0]> = {}): Promise<EmbeddedCluster> {
  const cluster = await startCluster({ nodes: 1, ...options });
  running.push(cluster);
  return cluster;
}

async function failure(options: Partial<Parameters<typeof startCluster>[0]>): Promise<ClusterStartError> {
  const error: unknown = await start(options).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ClusterStartError)) throw new Error(`no ClusterStartError: ${error}`);
  return error;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** One request on a connection of its own. */
function ask(port: number, frame: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(withLength(frame)));
    const chunks: Buffer[] = [];
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length >= 4 && all.length >= 4 + all.readInt32BE(0)) {
        socket.destroy();
        resolve(all.subarray(4));
      }
    });
    socket.on('close', () => reject(new Error('closed')));
  });
}

function withLength(frame: readonly Buffer[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([length, ...frame]);
}

async function metadata(port: number) {
  const frame = encodeRequest(Metadata, 9, { correlationId: 1, clientId: 'test' }, { topics: null });
  return decodeResponse(Metadata, 9, await ask(port, frame)).body;
}

describe('startCluster', () => {
  it('tells where each node keeps its logs, how much room is there, and which rack it is in', async () => {
    const cluster = await start({ nodes: 3, dataDir: directory, racks: ['a', 'b'] });
    const client = await RawClient.open(`127.0.0.1:${cluster.brokers[1]?.port}`);
    try {
      const { brokers } = await client.ask(Metadata, 9, { topics: [] });
      expect(brokers.map(({ rack }) => rack)).toEqual(['a', 'b', 'a']);
      const [logDir] = (await client.ask(DescribeLogDirs, 4, { topics: null })).results;
      expect(logDir).toMatchObject({ errorCode: 0, logDir: join(directory, 'node-2') });
      expect(logDir?.usableBytes).toBeGreaterThan(0);
      expect(logDir?.totalBytes).toBeGreaterThanOrEqual(logDir?.usableBytes ?? Number.NaN);
    } finally {
      client.close();
    }
    expect(await failure({ config: { 'log.dirs': directory } })).toMatchObject({ reason: 'bad-option' });
  });

  it('is ready when every node answers, knows the others, and the topics have leaders', async () => {
    const cluster = await start({ nodes: 3, topics: [{ name: 'orders', partitions: 3, replicationFactor: 3 }] });
    expect(cluster.brokers).toHaveLength(3);
    for (const { port } of cluster.brokers) {
      const answer = await metadata(port);
      expect(answer.brokers.map((broker) => broker.port)).toEqual(cluster.brokers.map((broker) => broker.port));
      expect(answer.clusterId).toBe(cluster.clusterId);
      const [orders] = answer.topics;
      expect(orders?.partitions.map(({ leaderId }) => leaderId).sort()).toEqual([1, 2, 3]);
    }
  });

  it('takes fixed ports one by one, bound to loopback', async () => {
    const cluster = await start({ nodes: 2, port: PORT });
    expect(cluster.brokers).toEqual([
      { id: 1, host: '127.0.0.1', port: PORT },
      { id: 2, host: '127.0.0.1', port: PORT + 1 },
    ]);
  });

  it('names the port and the node when a port is in use, and lets go of the others', async () => {
    const server = await listen(PORT + 1);
    const error = await failure({ nodes: 2, port: PORT, dataDir: join(directory, 'data') });
    server.close();
    expect(error.reason).toBe('port-in-use');
    expect(error.details).toEqual({ node: 2, host: '127.0.0.1', port: PORT + 1 });
    expect(existsSync(join(directory, 'data'))).toBe(false);
    const free = await listen(PORT);
    await new Promise((resolve) => free.close(resolve));
  });

  it('tells clients the advertised address, and refuses one that is none', async () => {
    const cluster = await start({ nodes: 2, advertise: 'kafka.example:19092' });
    expect(cluster.brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([
      'kafka.example:19092',
      'kafka.example:19093',
    ]);
    expect((await failure({ advertise: 'a b:c' })).reason).toBe('bad-option');
  });

  it('refuses topics and settings that cannot be', async () => {
    const error = await failure({ topics: [{ name: 'bad name', partitions: 1, replicationFactor: 1 }] });
    expect(error.reason).toBe('bad-topic');
    expect((await failure({ topics: [{ name: 'a', partitions: 1, replicationFactor: 5 }] })).message).toMatch(
      /topic a/,
    );
    await expect(start({ config: { 'no.such.setting': '1' } })).rejects.toThrow(/no\.such\.setting/);
  });
});

describe('a data directory', () => {
  it('is laid out as Kafka lays out its own', async () => {
    const cluster = await start({
      nodes: 2,
      dataDir: directory,
      topics: [{ name: 't', partitions: 1, replicationFactor: 2 }],
    });
    await cluster.close();
    for (const id of [1, 2]) {
      const node = join(directory, `node-${id}`);
      const properties = readFileSync(join(node, 'meta.properties'), 'utf8');
      expect(properties).toContain(`node.id=${id}\n`);
      expect(properties).toContain(`cluster.id=${cluster.clusterId}\n`);
      expect(readdirSync(join(node, 't-0'))).toContain('00000000000000000000.log');
      expect(readdirSync(node)).toEqual(
        expect.arrayContaining(['.kafka_cleanshutdown', 'replication-offset-checkpoint', '__cluster_metadata-0']),
      );
    }
    expect(existsSync(join(directory, '.lock'))).toBe(false);
  });

  it('keeps its cluster id and topics, and refuses another number of nodes', async () => {
    const first = await start({
      nodes: 2,
      dataDir: directory,
      topics: [{ name: 't', partitions: 2, replicationFactor: 2 }],
    });
    await first.close();
    expect((await failure({ nodes: 3, dataDir: directory })).reason).toBe('directory-mismatch');
    const second = await start({ nodes: 2, dataDir: directory });
    expect(second.clusterId).toBe(first.clusterId);
    const answer = await metadata(second.brokers[0]?.port ?? 0);
    expect(answer.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['t', 2]]);
  });

  it('of something else is refused, and not touched', async () => {
    writeFileSync(join(directory, 'thesis.txt'), 'mine');
    const error = await failure({ dataDir: directory });
    expect(error.reason).toBe('directory-foreign');
    expect(error.message).toContain('thesis.txt');
    expect(readdirSync(directory)).toEqual(['thesis.txt']);
  });

  it('of another cluster is refused', async () => {
    const node = join(directory, 'node-1');
    mkdirSync(node);
    writeFileSync(join(node, 'meta.properties'), 'version=1\ncluster.id=elsewhere\nnode.id=1\n');
    expect((await failure({ dataDir: directory })).reason).toBe('directory-mismatch');
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be written is refused', async () => {
    chmodSync(directory, 0o500);
    expect((await failure({ dataDir: join(directory, 'data') })).reason).toBe('directory-denied');
  });

  it('that is a file is refused', async () => {
    writeFileSync(join(directory, 'file'), '');
    expect((await failure({ dataDir: join(directory, 'file') })).reason).toBe('directory-denied');
    expect((await failure({ dataDir: join(directory, 'file', 'below') })).reason).toBe('directory-denied');
  });

  it.skipIf(!existsSync('/proc/self/stat'))('in a file system that has no directories of ours is refused', async () => {
    expect((await failure({ dataDir: '/proc/kmedic/data' })).reason).toBe('directory-denied');
  });

  it('is for one cluster at a time, in this process and among processes', async () => {
    const data = join(directory, 'data');
    const cluster = await start({ dataDir: data });
    const twice = await failure({ dataDir: data });
    expect(twice.reason).toBe('directory-in-use');
    expect(twice.details).toMatchObject({ pid: process.pid });
    await cluster.close();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(join(data, '.lock'), `${other.pid}\n`);
    expect((await failure({ dataDir: data })).details).toMatchObject({ pid: other.pid });
    const gone = new Promise((resolve) => other.on('exit', resolve));
    other.kill();
    await gone;
    // The lock of a process that is gone is taken over.
    await start({ dataDir: data });
    expect(readFileSync(join(data, '.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid}( \\d+)?\n$`));
  });

  it.skipIf(!existsSync('/proc/self/stat'))('is taken over from a zombie, and from a pid that came again', async () => {
    // The shell's child ends after another program has taken the shell's place, and that one never waits for it.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const state = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
    await expect.poll(state, { timeout: 30_000 }).toBe('Z');
    const data = join(directory, 'data');
    await (await start({ dataDir: data })).close();
    writeFileSync(join(data, '.lock'), `${pid}\n`);
    await (await start({ dataDir: data })).close();
    writeFileSync(join(data, '.lock'), `${parent.pid}\n`);
    expect((await failure({ dataDir: data })).details).toMatchObject({ pid: parent.pid });
    writeFileSync(join(data, '.lock'), `${parent.pid} 1\n`);
    await (await start({ dataDir: data })).close();
    const gone = new Promise((resolve) => parent.on('exit', resolve));
    parent.kill();
    await gone;
  });
});

describe('a running cluster', () => {
  it('goes on without a node, and takes it back on its port', async () => {
    const cluster = await start({ nodes: 3 });
    const [first, second] = cluster.brokers;
    await cluster.stopNode(2);
    expect((await metadata(first?.port ?? 0)).brokers.map(({ nodeId }) => nodeId)).toEqual([1, 3]);
    await expect(metadata(second?.port ?? 0)).rejects.toThrow(/ECONNREFUSED/);
    await cluster.startNode(2);
    expect((await metadata(second?.port ?? 0)).brokers.map(({ nodeId }) => nodeId)).toEqual([1, 2, 3]);
  });

  it('answers requests on one connection in the order in which they came', async () => {
    const cluster = await start();
    const frames = [1, 2, 3, 4, 5].map((correlationId) =>
      withLength(encodeRequest(ApiVersions, 0, { correlationId, clientId: null }, {})),
    );
    const answers = await new Promise<number[]>((resolve) => {
      const seen: number[] = [];
      let rest = Buffer.alloc(0);
      const socket: Socket = connect(cluster.brokers[0]?.port ?? 0, '127.0.0.1', () =>
        socket.write(Buffer.concat(frames)),
      );
      socket.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
          seen.push(rest.readInt32BE(4));
          rest = rest.subarray(4 + rest.readInt32BE(0));
        }
        if (seen.length === frames.length) {
          socket.destroy();
          resolve(seen);
        }
      });
    });
    expect(answers).toEqual([1, 2, 3, 4, 5]);
  });

  it('closes the connection of who sends no Kafka frame, and serves the others', async () => {
    const cluster = await start();
    const port = cluster.brokers[0]?.port ?? 0;
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01', '\xff\xff\xff\xff']) {
      const closed = await new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(true));
      });
      expect(closed).toBe(true);
    }
    expect((await metadata(port)).brokers).toHaveLength(1);
  });
});
