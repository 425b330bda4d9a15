import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KAFKA_4 } from '../segments/fixtures.ts';
import { runCli } from './run-cli.ts';

const NONE = join(KAFKA_4, 'none-0');
const LOG = '00000000000000000000.log';
const onTty = (...args: string[]) => runCli(['segments', ...args], { columns: 100 });

let place = '';
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kmedic-nothing-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function copy(): string {
  const directory = join(place, 'none-0');
  cpSync(NONE, directory, { recursive: true, filter: (path) => !path.endsWith('.txt') });
  return directory;
}

describe('where there is nothing to show', () => {
  it.each([
    [['--offset', '99'], `no record at offset 99 or behind it in ${NONE}\n`],
    [['--time', '2030'], `no record at the time 2030 or behind it in ${NONE}\n`],
    [['--producer', '77'], 'no batch of producer 77\n'],
    [['--key', 'a\nb'], 'no record with the key a\\nb\n'],
  ])('find %j says so, and exits 1', async (search, err) => {
    expect(await runCli(['segments', 'find', NONE, ...search])).toEqual({ code: 1, out: '', err });
  });

  it('find tells it once for many partitions', async () => {
    const { code, out } = await onTty(
      'find',
      NONE,
      join(KAFKA_4, 'rolled-0'),
      join(KAFKA_4, 'gzip-0'),
      '--offset',
      '99',
    );
    expect([code, out]).toEqual([1, `no record at offset 99 or behind it in ${NONE}, nor in 2 other partitions\n`]);
  });

  it('dump says it of each file', async () => {
    const { code, out } = await onTty('dump', NONE, '--grep', 'nobody wrote this');
    expect([code, out]).toEqual([0, `${join(NONE, LOG)}: nothing to show\n`]);
  });

  it('groups says it of a name', async () => {
    const { out } = await onTty('groups', KAFKA_4, '--group', 'nobody');
    expect(out).toBe('none of the 11 groups here is called so\n');
  });

  it.each(['verify', 'stats', 'dump', 'groups', 'find'])(
    '%s refuses a directory without a file of Kafka',
    async (command) => {
      const search = command === 'find' ? ['--offset', '1'] : [];
      const { code, err } = await runCli(['segments', command, place, ...search]);
      expect([code, err]).toEqual([2, expect.stringContaining(`${place}: none of Kafka's files is in it`)]);
    },
  );

  it('verify finds nothing sound of which it read nothing', async () => {
    const { code, out } = await onTty('verify', join(NONE, 'dump-00000000000000000000.txt'));
    expect([code, out.split('\n')[0]]).toEqual([2, `! ${NONE}: nothing was checked`]);
  });

  it('salvage shows no table of what was lost', async () => {
    const { code, out } = await onTty('salvage', NONE, join(place, 'new'));
    expect([code, out.split('\n').length]).toEqual([0, 3]);
  });
});

it('of a directory, the options about indexes are about its indexes', async () => {
  const index = join(NONE, '00000000000000000000.index');
  const expected = `✓ ${index}: sound\n✓ ${index.replace('.index', '.timeindex')}: sound\n`;
  for (const option of ['--index-sanity-check', '--verify-index-only']) {
    expect(await runCli(['segments', 'dump', NONE, option])).toEqual({ code: 0, out: '', err: expected });
  }
});

it('what lies behind --max-bytes is not missing', async () => {
  const { code, out, err } = await runCli(['segments', 'dump', NONE, '--max-bytes', '500', '-o', 'ndjson']);
  expect([code, out.trimEnd().split('\n').length, err]).toEqual([0, 1, '']);
});

it('verify explains each kind of finding once', async () => {
  const directory = copy();
  truncateSync(join(directory, LOG), 0);
  const { code, out } = await onTty('verify', directory);
  expect([code, out.match(/SEG-16/g)?.length, out.match(/reads by offset may/g)?.length]).toEqual([1, 5, 1]);
  expect(out).toContain('the log holds no batch');
  // Nothing was checked.
  expect(out).not.toContain('✓');
});

it('salvage tells from where on all is lost, and in which file', async () => {
  const directory = copy();
  truncateSync(join(directory, LOG), 2000);
  const { out } = await runCli(['segments', 'salvage', directory, join(place, 'new'), '-o', 'json']);
  expect(JSON.parse(out).partitions[0].lost).toEqual([{ file: join(directory, LOG), from: 30, to: null }]);
});
