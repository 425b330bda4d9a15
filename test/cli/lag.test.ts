import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { lagDocumentSchema } from '../../src/health/lag-document.ts';
import {
  AT_MS,
  commit,
  group,
  incident,
  member,
  partition,
  problem,
  snapshot,
  topic,
} from '../health/build-snapshot.ts';
import { runCli } from './run-cli.ts';

const FROM = ['--from', 'fixtures/snapshots/incident.json'];

describe('kmedic lag', () => {
  it('shows verdict, evidence, next command and rows on a terminal', async () => {
    const { code, out, err } = await runCli(['lag', ...FROM], { columns: 100 });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "✗ audit-sink  OUT-OF-RANGE on 1 of 3 partitions · lag 29 193 + 1 unknown
        events-3: committed 10 221 < log start 11 004: 783 records were deleted before they were read;
          with auto.offset.reset=latest the 28 410 records still there are skipped as well
        NO-COMMIT events-4: no commit; the partition is empty
        next: kmedic groups describe audit-sink --from fixtures/snapshots/incident.json
      ✗ pricing  LEADERLESS on 1 of 2 partitions · lag 0 + 1 unknown
        prices-1: no leader; replicas 1,2,3, in sync none
        next: kmedic diagnose isr --from fixtures/snapshots/incident.json
      ! payments  BEHIND on 1 of 3 partitions · lag 3 626 · oldest unread record 1m02s old
        orders-2: committed 1 207, 3 626 unread, the oldest for 1m02s; owner pay-3
        next: kmedic groups describe payments --from fixtures/snapshots/incident.json

      GROUP         TOPIC   PART  COMMITTED     END     LAG  TIME LAG  OWNER    HOST       VERDICT
      audit-sink    events     3     10 221  39 414  29 193         -  -        -          OUT-OF-RANGE
      audit-sink    events     4          -       0       -         -  -        -          NO-COMMIT
      audit-sink    events     5      9 001   9 001       0       0 s  -        -          OK
      payments      orders     0      4 812   4 812       0       0 s  pay-1    127.0.0.1  OK
      payments      orders     1      4 790   4 790       0       0 s  pay-2    127.0.0.1  OK
      payments      orders     2      1 207   4 833   3 626     1m02s  pay-3    127.0.0.1  BEHIND
      pricing       prices     0        100     100       0       0 s  price-1  127.0.0.1  OK
      pricing       prices     1         77       -       -         -  price-1  127.0.0.1  LEADERLESS
      scan-workers  scans      0        444     500      56       2 s  2×       -          OK
      scan-workers  scans      1        444     500      56       2 s  2×       -          OK
      4 groups · 10 partitions · lag 32 931 + 2 partitions unknown · 0.11 s, 5 round trips
      not shown at 100 columns: START (-o wide shows all)
      "
    `);
  });

  it('drops columns at 80 columns, and says so', async () => {
    const { out } = await runCli(['lag', 'payments', ...FROM], { columns: 80 });
    expect(out).toMatchInlineSnapshot(`
      "! payments  BEHIND on 1 of 3 partitions · lag 3 626 · oldest unread record 1m02s old
        orders-2: committed 1 207, 3 626 unread, the oldest for 1m02s; owner pay-3
        next: kmedic groups describe payments --from fixtures/snapshots/incident.json

      GROUP     TOPIC   PART  COMMITTED    END    LAG  TIME LAG  OWNER  VERDICT
      payments  orders     0      4 812  4 812      0       0 s  pay-1  OK
      payments  orders     1      4 790  4 790      0       0 s  pay-2  OK
      payments  orders     2      1 207  4 833  3 626     1m02s  pay-3  BEHIND
      1 group · 3 partitions · lag 3 626 · 0.11 s, 5 round trips
      not shown at 80 columns: START, HOST (-o wide shows all)
      "
    `);
  });

  it('gives a pipe the rows alone; the rest goes to stderr', async () => {
    const { out, err } = await runCli(['lag', 'payments', ...FROM]);
    expect(out).toMatchInlineSnapshot(`
      "GROUP     TOPIC   PART  COMMITTED  START   END   LAG  HIDDEN  TIME LAG  OWNER  HOST       VERDICT
      payments  orders     0       4812      0  4812     0       0        0s  pay-1  127.0.0.1  OK
      payments  orders     1       4790      0  4790     0       0        0s  pay-2  127.0.0.1  OK
      payments  orders     2       1207      0  4833  3626       0     1m02s  pay-3  127.0.0.1  BEHIND
      "
    `);
    expect(err).toContain('! payments  BEHIND');
  });

  it.each([
    ['--by', 'topic'],
    ['--by', 'member'],
    ['--by', 'group'],
  ])('adds up %s %s', async (...by) => {
    expect((await runCli(['lag', ...by, ...FROM])).out).toMatchSnapshot();
  });

  it('prints one valid document with -o json', async () => {
    const { out } = await runCli(['lag', '-o', 'json', ...FROM]);
    const document = lagDocumentSchema.parse(JSON.parse(out));
    expect(document.totals).toEqual({ groups: 4, partitions: 10, lag: 32_931, unknown: 2, hidden: 0 });
  });

  it('prints one line per partition with -o ndjson', async () => {
    const { out } = await runCli(['lag', 'pricing', '-o', 'ndjson', ...FROM]);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ group: name, partition: id, lag }) => [name, id, lag])).toEqual([
      ['pricing', 0, 0],
      ['pricing', 1, null],
    ]);
  });

  it('filters by topic, by lag (unknown stays), by glob and by regular expression', async () => {
    const rows = async (...argv: string[]) =>
      (await runCli(['lag', ...argv, ...FROM, '-o', 'csv'])).out
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(0, 3).join(' '));
    expect(await rows('--topic', 'orders:0,2')).toEqual(['payments orders 0', 'payments orders 2']);
    expect(await rows('--lag', '>1000')).toEqual([
      'audit-sink events 3',
      'audit-sink events 4',
      'payments orders 2',
      'pricing prices 1',
    ]);
    expect(await rows('--lag', '>1000', '--sort', 'lag')).toEqual([
      'audit-sink events 3',
      'payments orders 2',
      'audit-sink events 4',
      'pricing prices 1',
    ]);
    expect(await rows('pri*')).toEqual(['pricing prices 0', 'pricing prices 1']);
    expect(await rows('/^scan-/')).toEqual(['scan-workers scans 0', 'scan-workers scans 1']);
  });

  it('exits 1 for a bad verdict only when asked to', async () => {
    expect((await runCli(['lag', 'audit-sink', ...FROM])).code).toBe(0);
    expect((await runCli(['lag', 'audit-sink', '--exit-code', ...FROM])).code).toBe(1);
    expect((await runCli(['lag', 'scan-workers', '--exit-code', ...FROM])).code).toBe(0);
  });

  it('names groups that do not exist: 1 when there is nothing else, 5 beside others', async () => {
    const alone = await runCli(['lag', 'nope', ...FROM, '-o', 'json']);
    expect(alone.code).toBe(1);
    expect(JSON.parse(alone.out).errors).toMatchObject([{ scope: 'group nope', name: 'GROUP_ID_NOT_FOUND' }]);
    const beside = await runCli(['lag', 'payment', 'payments', ...FROM]);
    expect(beside.code).toBe(5);
    expect(beside.err).toContain('did you mean payments?');
    expect(beside.out).toContain('payments');
  });

  it('shows a group that may not be read beside the others, and exits 5', async () => {
    const denied = problem('GROUP_AUTHORIZATION_FAILED', 'group secret');
    const cluster = [
      snapshot(
        [topic('t', [partition(0, 5)])],
        [group('a', { commits: [commit('t', 0, 5)] }), group('secret', { problem: denied, state: null })],
      ),
    ];
    const { code, out, err } = await runCli(['lag'], { cluster });
    expect(code).toBe(5);
    expect(out).toContain('a      t');
    expect(err).toContain('group secret: GROUP_AUTHORIZATION_FAILED');
  });

  it('escapes what strangers named', async () => {
    const evil = 'evil\u001b[2J\u202e';
    const cluster = [snapshot([topic('t', [partition(0, 5)])], [group(evil, { commits: [commit('t', 0, 1)] })])];
    const { out } = await runCli(['lag', '-b', 'a:1'], { cluster, columns: 100 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(out.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(out).toContain('evil\\x1b[2J\\u202e');
    expect(out).toContain("$'evil\\x1b[2J\\xe2\\x80\\xae' -b a:1");
  });

  it('refuses what a recording cannot tell', async () => {
    for (const option of ['--window=2s', '--samples=2', '--watch']) {
      const { code, err } = await runCli(['lag', option, ...FROM]);
      expect(code).toBe(2);
      expect(err).toContain('recording');
    }
    expect((await runCli(['lag', ...FROM, '-b', 'x:1'])).code).toBe(2);
  });
});

/** payments at some second: pay-3 stands still, records keep coming. */
function at(second: number): Snapshot {
  return snapshot(
    [topic('orders', [partition(0, 1_000 + 58 * second)])],
    [
      group('payments', {
        members: [member('pay-3', { orders: [0] })],
        commits: [commit('orders', 0, 900, { timestampMs: AT_MS - 90_000 })],
      }),
    ],
    { at: new Date(AT_MS + second * 1000).toISOString() },
  );
}

describe('several samples', () => {
  it('proves a stall with --window', async () => {
    const { out } = await runCli(['lag', 'payments', '--window', '10s'], { cluster: [at(0), at(10)], columns: 100 });
    expect(out).toContain('✗ payments  STALL on 1 of 1 partition · lag 680, +58/s · oldest unread record 1m40s old');
    expect(out).toContain('unchanged over 10 s while pay-3 keeps its membership');
  });

  it('--watch prints one line per sample on a pipe, and one document per line with -o json', async () => {
    const world = { cluster: [at(0), at(2), at(4)] };
    const lines = await runCli(['lag', '--watch', '--samples', '3'], world);
    expect(lines.code).toBe(0);
    expect(lines.out).toMatchInlineSnapshot(`
      "2026-11-20T14:15:00.000Z groups=1 partitions=1 lag=100 unknown=0 lagPerSecond=- etaSeconds=- verdicts=BEHIND:1
      2026-11-20T14:15:02.000Z groups=1 partitions=1 lag=216 unknown=0 lagPerSecond=58 etaSeconds=- verdicts=STALL:1
      2026-11-20T14:15:04.000Z groups=1 partitions=1 lag=332 unknown=0 lagPerSecond=58 etaSeconds=- verdicts=STALL:1
      "
    `);
    const json = await runCli(['lag', '--watch', '--samples', '2', '-o', 'json'], world);
    const documents = json.out
      .trimEnd()
      .split('\n')
      .map((line) => lagDocumentSchema.parse(JSON.parse(line)));
    expect(documents.map(({ samples, groups }) => [samples, groups[0]?.lag])).toEqual([
      [1, 100],
      [2, 216],
    ]);
  });

  it('--watch shows the rows that --lag chooses, as lines, documents and on a terminal', async () => {
    const options = ['lag', '--watch', '--samples', '1', '--lag', '>1000'];
    const lines = await runCli(options, { cluster: [at(0)] });
    expect(lines.out).toContain('partitions=0 lag=0');
    const json = await runCli([...options, '-o', 'json'], { cluster: [at(0)] });
    expect(JSON.parse(json.out)).toMatchObject({ groups: [] });
    const drawn = await runCli(options, { cluster: [at(0)], columns: 100, rows: 12 });
    expect(drawn.out).not.toContain('orders');
  });

  it('--watch redraws a terminal in place, and gives it back when interrupted', async () => {
    const { code, out } = await runCli(['lag', '--watch'], {
      cluster: [at(0), at(2)],
      columns: 100,
      rows: 12,
      onSleep: (count, interrupt) => {
        if (count === 2) interrupt();
      },
    });
    expect(code).toBe(130);
    expect(out.startsWith('\u001b[?1049h\u001b[?25l\u001b[?7l')).toBe(true);
    expect(out.split('\u001b[H').length).toBe(3);
    expect(out).toContain('STALL  lag 216  +58/s  ETA never  ▄█');
    const [, after] = out.split('\u001b[?7h\u001b[?25h\u001b[?1049l');
    expect(after).toBe(
      '2026-11-20T14:15:02.000Z groups=1 partitions=1 lag=216 unknown=0 lagPerSecond=58 etaSeconds=- verdicts=STALL:1\n',
    );
  });

  it('--watch goes on when a sample fails', async () => {
    const failing = { ...at(2) };
    let calls = 0;
    const { out, err, code } = await runCli(['lag', '--watch', '--samples', '3'], {
      deps: {
        connect: async () => ({
          name: 'x',
          record: async () => null,
          observe: async () => {
            if (++calls === 2)
              throw Object.assign(new Error('cannot reach x: nothing listens there'), { name: 'UNREACHABLE' });
            return failing;
          },
          deleteGroups: async () => [],
          close: async () => undefined,
        }),
      },
    });
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').length).toBe(2);
    expect(err).toContain('✗ cannot reach x');
  });
});

describe('kmedic groups', () => {
  it('list shows every group of every type', async () => {
    const { code, out } = await runCli(['groups', 'list', ...FROM], { columns: 100 });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "GROUP         TYPE      STATE   MEMBERS  TOPICS  PARTITIONS     LAG  UNKNOWN  COORD  VERDICT
      audit-sink    classic   Empty         0       1           3  29 193        1      2  OUT-OF-RANGE
      payments      consumer  Stable        3       1           3   3 626        0      3  BEHIND
      pricing       classic   Stable        1       1           2       0        1      2  LEADERLESS
      scan-workers  share     Stable        2       1           2     112        0      1  OK
      4 groups · 10 partitions · lag 32 931 + 2 partitions unknown · 0.11 s, 5 round trips
      "
    `);
  });

  it('list filters by state and type', async () => {
    expect((await runCli(['groups', 'list', '--state', 'empty', ...FROM, '-o', 'csv'])).out.split('\n').length).toBe(3);
    expect((await runCli(['groups', 'list', '--type', 'share', ...FROM, '-o', 'csv'])).out).toContain('scan-workers');
    expect((await runCli(['groups', 'list', '--state', 'Stabel', ...FROM])).err).toContain('did you mean Stable?');
  });

  it('describe shows state, members and offsets on a terminal', async () => {
    const { out } = await runCli(['groups', 'describe', 'payments', ...FROM], { columns: 100 });
    expect(out).toMatchInlineSnapshot(`
      "! payments  BEHIND on 1 of 3 partitions · lag 3 626 · oldest unread record 1m02s old
        orders-2: committed 1 207, 3 626 unread, the oldest for 1m02s; owner pay-3

      GROUP     TYPE      STATE   COORDINATOR  PROTOCOL  EPOCH  ASSIGNMENT EPOCH  MEMBERS  VERDICT
      payments  consumer  Stable            3  uniform       4                 4        3  BEHIND

      GROUP     MEMBER      INSTANCE  CLIENT  HOST       EPOCH  PARTITIONS
      payments  pay-1-0001  -         pay-1   127.0.0.1      4           1
      payments  pay-2-0001  -         pay-2   127.0.0.1      4           1
      payments  pay-3-0001  -         pay-3   127.0.0.1      4           1

      GROUP     TOPIC   PART  COMMITTED  START    END    LAG  TIME LAG  OWNER  HOST       VERDICT
      payments  orders     0      4 812      0  4 812      0       0 s  pay-1  127.0.0.1  OK
      payments  orders     1      4 790      0  4 790      0       0 s  pay-2  127.0.0.1  OK
      payments  orders     2      1 207      0  4 833  3 626     1m02s  pay-3  127.0.0.1  BEHIND
      1 group · 3 partitions · lag 3 626
      "
    `);
  });

  it.each(['--state', '--members', '--assignments', '--offsets'])('describe %s is one table', async (view) => {
    expect((await runCli(['groups', 'describe', 'payments', view, ...FROM])).out).toMatchSnapshot();
  });

  it('explains an error in the document as well, with the exit code of what went wrong', async () => {
    const unreachable = Object.assign(new Error('cannot reach a:1: nothing listens there'), {
      name: 'UNREACHABLE',
      advice: 'Is it running?',
    });
    const deps = { connect: () => Promise.reject(unreachable) };
    const { code, out, err } = await runCli(['groups', 'list', '-o', 'json'], { deps });
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'error',
      errors: [{ name: 'UNREACHABLE', advice: 'Is it running?' }],
    });
    expect(err).toBe('✗ cannot reach a:1: nothing listens there\n  Is it running?\n');
    const unforeseen = { connect: () => Promise.reject(new TypeError('x is not a function')) };
    const short = await runCli(['groups', 'list'], { deps: unforeseen });
    expect(short).toMatchObject({ code: 1, out: '' });
    expect(short.err).not.toContain('run-cli');
    expect((await runCli(['groups', 'list', '-v'], { deps: unforeseen })).err).toContain('lag.test.ts');
  });

  it('has the incident of the tests as fixture', async () => {
    const live = await runCli(['groups', 'list'], { cluster: [incident()] });
    expect(live.out).toBe((await runCli(['groups', 'list', ...FROM])).out);
  });
});
