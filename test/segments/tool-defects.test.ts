import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeBatch, setMaxTimestamp } from '../../src/records/index.ts';
import { dumpLog } from '../../src/segments/dump-log.ts';
import { NO_FILTER } from '../../src/segments/filter.ts';
import { locate } from '../../src/segments/locate.ts';
import { openSource } from '../../src/segments/source.ts';
import { verifyPartition } from '../../src/segments/verify/verify.ts';
import { runCli } from '../cli/run-cli.ts';
import { KAFKA_4 } from './fixtures.ts';

/*
 * What Apache Kafka's dump tool (4.3, where nothing else is said) does wrong, each with a test that kmedic does not:
 *
 *  1. every segment that does not begin at offset 0 is said to have a gap: `-1 is followed by N`
 *  2. holes that compaction made, and markers, are said to be gaps
 *  3. it writes to the files: an index is cut to whole entries, and the next run finds it sound
 *  4. it makes an empty index where one is missing, and fails then (3.9, too)
 *  5. an index entry beyond the log, into the middle of a batch, or at a large batch ends the run: the files behind are not read
 *  6. it closes a log that a broker writes to as if it were its own, and may cut it
 *  7. it finds the log of an index by its name alone, beside it
 *  8. no summary, no JSON, no directories, nothing across files and batches, no filters, no header values, nothing binary, no repair,
 *     no exit code, no checkpoints, no indexes of tiered segments, no schema: what a topic holds has to be said with an option
 *  9. a wrong checksum is a word in a line: nothing on stderr, exit 0
 * 10. zeros behind the log end the run with an exception
 * 11. records that cannot be read or decompressed end the run with an exception
 * 12. a record without a key ends the run where a decoder was asked for
 * 13. a damaged producer snapshot is told with exit 0
 */

const LOG = '00000000000000000000.log';
const INDEX = '00000000000000000000.index';
let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-defects-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** A copy of a partition's directory. */
function copy(name: string): string {
  const directory = join(place, name);
  cpSync(join(KAFKA_4, name), directory, { recursive: true, filter: (path) => !path.endsWith('.txt') });
  return directory;
}

const dump = (...args: string[]) => runCli(['segments', 'dump', ...args]);
const asKafka = (files: readonly string[], ...options: string[]) => dump('--files', files.join(','), ...options);

async function codes(directory: string): Promise<readonly string[]> {
  const { out } = await runCli(['segments', 'verify', directory, '--deep', '-o', 'json']);
  return JSON.parse(out).files.flatMap((file: { findings: { code: string }[] }) =>
    file.findings.map(({ code }) => code),
  );
}

describe('what the dump tool does wrong, and kmedic does not', () => {
  it('1: a segment may begin anywhere', async () => {
    const directory = copy('rolled-0');
    const { code, err } = await asKafka([join(directory, '00000000000000000008.log')], '--deep-iteration');
    expect([code, err]).toEqual([0, '']);
    expect(await codes(directory)).toEqual([]);
  });

  it('2: holes of compaction and markers are no gaps', async () => {
    for (const name of ['compacted-0', 'transactions-0']) {
      const directory = copy(name);
      const logs = readdirSync(directory).filter((file) => file.endsWith('.log'));
      const { code, err } = await asKafka(
        logs.map((file) => join(directory, file)),
        '--deep-iteration',
      );
      expect([name, code, err]).toEqual([name, 0, '']);
      expect([name, await codes(directory)]).toEqual([name, []]);
    }
  });

  it('3: nothing is cut: the second run says what the first one said', async () => {
    const directory = copy('none-0');
    const index = join(directory, INDEX);
    truncateSync(index, 11);
    const first = await dump(index, '-o', 'json');
    const second = await dump(index, '-o', 'json');
    expect([first.code, second.out]).toEqual([1, first.out]);
    expect(await codes(directory)).toEqual(['SEG-17']);
    expect(await codes(directory)).toEqual(['SEG-17']);
    expect(statSync(index).size).toBe(11);
  });

  it('4: a missing index stays missing, and its time index is read', async () => {
    const directory = copy('none-0');
    rmSync(join(directory, INDEX));
    const { code, out } = await asKafka([join(directory, '00000000000000000000.timeindex')]);
    expect([code, out.match(/^timestamp: /gm)?.length]).toEqual([0, 5]);
    const named = await asKafka([join(directory, INDEX)]);
    expect([named.code, named.err]).toEqual([2, expect.stringContaining('no such file')]);
    expect(existsSync(join(directory, INDEX))).toBe(false);
    expect(await codes(directory)).toEqual(['SEG-27']);
  });

  it.each([
    ['beyond the log', 1_000_000],
    ['into the middle of a batch', 400],
  ])('5: an index entry %s is told, and the next file is read', async (_, position) => {
    const directory = copy('none-0');
    const bytes = readFileSync(join(directory, INDEX));
    bytes.writeInt32BE(position, 4);
    writeFileSync(join(directory, INDEX), bytes);
    const { out } = await asKafka([join(directory, INDEX), join(directory, LOG)]);
    expect(out).toContain(`offset: 11 position: ${position}\n`);
    expect(out.match(/^baseOffset: /gm)).toHaveLength(6);
    expect(await codes(directory)).toEqual(['SEG-16']);
  });

  it('5: a batch larger than --max-message-size is no reason to stop', async () => {
    const directory = join(place, 't-0');
    cpSync(join(KAFKA_4, 'none-0'), directory, { recursive: true });
    const { code, out } = await asKafka([join(directory, INDEX), join(directory, LOG)], '--max-message-size', '10');
    expect([code, out.match(/isvalid: true/g)?.length]).toEqual([0, 6]);
  });

  it('6: a log that grows while it is read is read as it was, and left alone', async () => {
    const directory = copy('none-0');
    const path = join(directory, LOG);
    const more = encodeBatch({ baseOffset: 36, records: [{ value: 'later', timestamp: 1 }] });
    const source = openSource(path);
    appendFileSync(path, more);
    let batches = 0;
    await dumpLog(source, { filter: NO_FILTER, crc: true }, { batch: () => ++batches > 0, finding: () => undefined });
    source.close();
    expect([batches, statSync(path).size]).toEqual([6, 2195 + more.length]);
    // And while it is verified.
    const [partition] = locate([directory]).partitions;
    if (partition === undefined) throw new Error('no partition');
    let grown = false;
    const { findings } = await verifyPartition(partition, {
      deep: true,
      now: Date.parse('2027-01-01'),
      pause: async () => {
        if (!grown) appendFileSync(path, more);
        grown = true;
        return true;
      },
    });
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toContain('SEG-31 note');
    expect(findings.filter(({ severity }) => severity === 'corrupt')).toEqual([]);
    expect(statSync(path).size).toBe(2195 + 2 * more.length);
  });

  it('7: an index without its log is read', async () => {
    const directory = copy('none-0');
    rmSync(join(directory, LOG));
    const { code, out } = await asKafka([join(directory, INDEX), join(directory, '00000000000000000000.timeindex')]);
    expect([code, out.match(/position: /g)?.length, out.match(/timestamp: /g)?.length]).toEqual([0, 5, 5]);
  });

  it('8: what it cannot do at all', async () => {
    const none = join(KAFKA_4, 'none-0');
    const rows = async (...args: string[]) =>
      (await dump(...args, '-o', 'ndjson')).out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    // Directories, filters, header values, bytes as hex.
    const [first] = await rows(none, '--records', '--offsets', '6..6', '--headers', '--values', 'hex');
    expect(first).toMatchObject({
      offset: 6,
      headers: [{ key: 'h0', value: expect.stringMatching(/^[0-9a-f]+$/) }, { key: 'h1', value: null }, {}],
    });
    expect((await rows(none, '--time', '1700000003000..1700000004000', '--records')).length).toBe(2);
    // A summary, and what goes across files.
    const stats = JSON.parse((await runCli(['segments', 'stats', none, '-o', 'json'])).out);
    expect(stats.partitions[0]).toMatchObject({ records: 36, batches: 6 });
    const rolled = copy('rolled-0');
    rmSync(join(rolled, '00000000000000000008.log'));
    expect(await codes(rolled)).toContain('SEG-07');
    // Checkpoints and the like.
    const files = [
      'none-0/leader-epoch-checkpoint',
      'none-0/partition.metadata',
      'recovery-point-offset-checkpoint',
      'meta.properties',
    ];
    for (const file of files) expect([file, (await rows(join(KAFKA_4, file))).length]).not.toEqual([file, 0]);
    // Indexes of tiered segments, by the name that the broker's cache gives them.
    const tiered = join(place, '7_AAAAAAAAAAAAAAAAAAAAAA.index');
    cpSync(join(none, INDEX), tiered);
    expect((await rows(tiered))[0]).toMatchObject({ type: 'offset-index', offset: 18, position: 360 });
    // Kafka's own records are known by their topic; others as bytes, for whoever has their schema.
    const [commit] = await rows(join(KAFKA_4, '__consumer_offsets-3'), '--records', '--limit', '1');
    expect(commit.decoded).toMatchObject({ kind: expect.any(String), key: expect.any(Object) });
    const [bytes] = await rows(none, '--records', '--limit', '1', '--values', 'base64');
    expect(bytes.value).toMatch(/^[A-Za-z0-9+/]+=*$/);
    // What compaction would take.
    expect(stats.partitions[0].keys).toBeNull();
    const deep = JSON.parse(
      (await runCli(['segments', 'stats', join(KAFKA_4, 'kcat-none-0'), '--deep', '-o', 'json'])).out,
    );
    expect(deep.partitions[0].keys.replaced).toBe(39);
    // Repair.
    const broken = copy('none-0');
    truncateSync(join(broken, LOG), 2000);
    expect((await runCli(['segments', 'salvage', broken, join(place, 'salvaged')])).code).toBe(5);
    expect((await runCli(['segments', 'verify', join(place, 'salvaged')])).code).toBe(0);
  });

  it.each<readonly [string, string, (directory: string) => void, string]>([
    [
      'the name of a file',
      'none-0',
      (directory) => renameSync(join(directory, LOG), join(directory, '00000000000000000002.log')),
      'SEG-06',
    ],
    [
      'leader epochs',
      'none-0',
      (directory) => {
        const bytes = readFileSync(join(directory, LOG));
        // Outside of what the checksum covers.
        bytes.writeInt32BE(9, 12);
        writeFileSync(join(directory, LOG), bytes);
      },
      'SEG-13',
    ],
    [
      'sequences',
      'none-0',
      (directory) => {
        const by = { producerId: 5, producerEpoch: 0, records: [{ value: 'v', timestamp: 1_700_000_000_000 }] };
        const batches = [0, 7].map((baseSequence, baseOffset) => encodeBatch({ ...by, baseOffset, baseSequence }));
        writeFileSync(join(directory, LOG), Buffer.concat(batches));
      },
      'SEG-11',
    ],
    ['open transactions', 'open-transaction-0', () => undefined, 'SEG-14'],
  ])('8: %s are held against the batches', async (_, name, change, code) => {
    const directory = copy(name);
    expect(await codes(directory)).toEqual(code === 'SEG-14' ? [code] : []);
    change(directory);
    expect(await codes(directory)).toContain(code);
  });

  it('9: a wrong checksum is told, with exit 1', async () => {
    const path = join(copy('none-0'), LOG);
    const bytes = readFileSync(path);
    bytes[500] = (bytes[500] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const { code, out, err } = await asKafka([path], '--print-data-log');
    expect(code).toBe(1);
    expect(out.match(/isvalid: false/g)).toHaveLength(1);
    expect(out.match(/^\| offset: /gm)).toHaveLength(30);
    expect(err).toContain('SEG-02');
  });

  it('10: zeros behind the log end nothing', async () => {
    const path = join(copy('none-0'), LOG);
    appendFileSync(path, Buffer.alloc(4096));
    const { code, out, err } = await asKafka([path, join(KAFKA_4, 'gzip-0', LOG)], '--deep-iteration');
    expect([code, out.match(/^baseOffset: /gm)?.length]).toEqual([1, 12]);
    expect(err).toContain('4096 bytes');
  });

  it('11: records that cannot be read are told, and the rest is shown', async () => {
    const path = join(copy('gzip-0'), LOG);
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 0xff;
    // Under a true checksum, as a broken client writes it.
    setMaxTimestamp(bytes, 0, 'CreateTime', 1_700_000_004_001);
    writeFileSync(path, bytes);
    const { code, out, err } = await asKafka([path], '--deep-iteration');
    expect([code, out.match(/^baseOffset: .* isvalid: true$/gm)?.length]).toEqual([1, 6]);
    expect(out.match(/^\| offset: (\d+)/gm)?.filter((line) => Number(line.slice(10)) >= 6)).toHaveLength(30);
    expect(err).toMatch(/SEG-0[89]/);
  });

  it('12: a record without a key is one line', async () => {
    const directory = join(place, '__consumer_offsets-0');
    cpSync(join(KAFKA_4, '__consumer_offsets-3'), directory, { recursive: true });
    const log = join(directory, LOG);
    const next =
      Number(
        /(\d+)\n*$/.exec((await dump(log, '--tail', '1', '-o', 'csv')).out.split('\n')[1]?.split(',')[2] ?? '')?.[1],
      ) + 1;
    appendFileSync(log, encodeBatch({ baseOffset: next, records: [{ key: null, value: 'no key', timestamp: 1 }] }));
    const { code, out } = await asKafka([log, join(KAFKA_4, 'gzip-0', LOG)], '--offsets-decoder');
    expect(code).toBe(0);
    expect(out).toContain(`Error at offset ${next}, skipping.`);
    expect(out).toContain(`Dumping ${join(KAFKA_4, 'gzip-0', LOG)}`);
  });

  it('13: a damaged producer snapshot is told, with exit 1', async () => {
    const path = join(copy('none-0'), '00000000000000000036.snapshot');
    const bytes = readFileSync(path);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const { code, err } = await asKafka([path]);
    expect([code, err]).toEqual([1, expect.stringContaining('SEG-21')]);
  });
});
