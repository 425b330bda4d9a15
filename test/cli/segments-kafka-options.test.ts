import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBatch } from '../../src/records/index.ts';
import { KAFKA_4 } from '../segments/fixtures.ts';
import { runCli } from './run-cli.ts';

const NAME = '0'.repeat(20);
let place: string;
let partition: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-options-'));
  partition = join(place, 'none-0');
  cpSync(join(KAFKA_4, 'none-0'), partition, { recursive: true });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const dump = (...args: string[]): ReturnType<typeof runCli> => runCli(['segments', 'dump', ...args]);

describe('--index-sanity-check and --verify-index-only', () => {
  it.each(['index', 'timeindex'])('say nothing but that a sound .%s is sound', async (suffix) => {
    const file = join(partition, `${NAME}.${suffix}`);
    const verified = await dump('--files', file, '--verify-index-only');
    expect(verified).toEqual({ code: 0, out: `Dumping ${file}\n`, err: '' });
    const checked = await dump('--files', file, '--index-sanity-check');
    expect(checked).toEqual({ code: 0, out: `Dumping ${file}\n${file} passed sanity check.\n`, err: '' });
  });

  it('tell an entry that points into a batch, which the sanity check of Kafka lets pass', async () => {
    const damaged = join(place, 'damaged-0');
    cpSync(partition, damaged, { recursive: true });
    const log = join(damaged, `${NAME}.log`);
    const file = join(damaged, `${NAME}.index`);
    const entry = Buffer.alloc(8);
    entry.writeInt32BE(17, 0);
    entry.writeInt32BE(400, 4);
    writeFileSync(file, entry);
    const before = readFileSync(log);
    for (const flag of ['--verify-index-only', '--index-sanity-check']) {
      const { code, out, err } = await dump('--files', file, flag);
      expect([code, out]).toEqual([1, `Dumping ${file}\n`]);
      expect(err).toContain('SEG-16');
    }
    expect(readFileSync(file)).toEqual(entry);
    expect(readFileSync(log)).toEqual(before);
  });

  it('leave logs as they are', async () => {
    const { out } = await dump('--files', join(partition, `${NAME}.log`), '--index-sanity-check');
    expect(out.match(/^baseOffset: /gm)).toHaveLength(6);
  });

  it('are told in a table and in a document as well', async () => {
    const file = join(partition, `${NAME}.index`);
    expect((await dump(file, '--index-sanity-check')).err).toBe(`✓ ${file}: sound\n`);
    const { out } = await dump(file, '--index-sanity-check', '-o', 'json');
    expect(JSON.parse(out).files).toMatchObject([{ file, entries: [], findings: [] }]);
    const lines = (await dump(file, '--index-sanity-check', '-o', 'ndjson')).out;
    expect(JSON.parse(lines)).toEqual({ file, type: 'passed' });
  });
});

describe('classes of decoders', () => {
  const API = 'org.apache.kafka.tools.api';
  let log: string;

  beforeAll(() => {
    log = join(place, `${NAME}.log`);
    const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
    const records = [
      { key: bytes('fffffffe'), value: bytes('000000000000002a'), timestamp: 1 },
      { key: bytes('01'), value: null, timestamp: 2 },
    ];
    writeFileSync(log, encodeBatch({ baseOffset: 0, records }));
  });

  it.each([
    ['kafka.serializer.IntegerDecoder', 'kafka.serializer.LongDecoder'],
    [`${API}.IntegerDecoder`, `${API}.LongDecoder`],
  ])('of Kafka itself are understood: %s', async (keys, values) => {
    const { out } = await dump('--files', log, '--key-decoder-class', keys, '--value-decoder-class', values);
    expect(out).toContain(' key: -2 payload: 42\n');
    // Not four bytes: Kafka's class would end the dump.
    expect(out).toContain(' key: 0x01\n');
  });

  it('that are UTF-8 are what is printed without them', async () => {
    const fixture = join(partition, `${NAME}.log`);
    const named = await dump('--files', fixture, '--key-decoder-class', `${API}.StringDecoder`);
    expect(named).toEqual(await dump('--files', fixture, '--print-data-log'));
  });

  it('that only Java can run are refused, and it is told what to use', async () => {
    const own = await dump('--files', log, '--value-decoder-class', 'com.example.OrderDecoder');
    expect([own.code, own.out]).toEqual([2, '']);
    expect(own.err).toContain('com.example.OrderDecoder: this is a Java class');
    expect(own.err).toContain('--values hex');
    const remote = await dump('--files', log, '--remote-log-metadata-decoder');
    expect([remote.code, remote.out]).toEqual([2, '']);
    expect(remote.err).toContain('kafka-dump-log.sh');
    const ours = await dump(log, '--key-decoder-class', `${API}.LongDecoder`);
    expect([ours.code, ours.out]).toEqual([2, '']);
    expect(ours.err).toContain('--format kafka');
  });
});
