import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/cli/deps.ts';
import { recordingBytes, writeRecordingFile } from '../../src/cli/recording-file.ts';
import { groupsOfInterest } from '../../src/cli/take-recording.ts';
import { readRecording } from '../../src/cluster/read-recording.ts';
import type { RecordRequest } from '../../src/cluster/record.ts';
import { latestSample, type Recording } from '../../src/cluster/recording.ts';
import { recording, stalled } from '../health/build-recording.ts';
import { AT_MS, commit, group, member, partition, problem, snapshot, topic } from '../health/build-snapshot.ts';
import { runCli, type World } from './run-cli.ts';

const directory = mkdtempSync(join(tmpdir(), 'kmedic-recordings-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string): string => join(directory, name);
const SERIES = recording([20, 15, 10, 5, 0].map(stalled));

/** A cluster that records as `taken` says, and remembers what it was asked for. */
function world(taken: Recording | null, asked: RecordRequest[] = []): World {
  const connection: Connection = {
    name: 'a:1',
    observe: () => Promise.reject(new Error('a recording is not a snapshot')),
    record: async (request) => {
      asked.push(request);
      return taken;
    },
    deleteGroups: () => Promise.reject(new Error('nothing is deleted')),
    close: async () => undefined,
  };
  return {
    deps: {
      connect: async () => connection,
      writeRecording: async (path, written, force) => writeRecordingFile(path, written, force),
    },
  };
}

describe('record', () => {
  it('writes to --out or to its argument, for the owner alone, and says how to look at it', async () => {
    for (const words of [['--out', file('a.kmedic')], [file('b.kmedic')]]) {
      const { code, err, out } = await runCli(['record', ...words, '--samples', '5', '--every', '5s'], world(SERIES));
      expect([code, out]).toEqual([0, '']);
      expect(err).toMatch(/^5 samples of 1 group and 1 topic written \(.* B\); look at them with: kmedic lag --from /);
      const path = words.at(-1) ?? '';
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readRecording(path)).toEqual(SERIES);
    }
    expect((await runCli(['record'], world(SERIES))).code).toBe(2);
    expect((await runCli(['record', 'x', '--out', 'y'], world(SERIES))).code).toBe(2);
  });

  it('asks for what was named, and for the bounds', async () => {
    const asked: RecordRequest[] = [];
    const words = ['--samples', '3', '--every', '2s', '-g', 'pay*', '-t', 'orders', '--history', '1h', '--keys'];
    await runCli(['record', file('c.kmedic'), ...words], world(SERIES, asked));
    const [request] = asked;
    expect(request).toMatchObject({
      samples: 3,
      everyMs: 2_000,
      scope: { groups: ['pay*'], topics: ['orders'] },
      histories: { backMs: 3_600_000 },
    });
    expect(request?.observe.filter?.('orders', 0)).toBe(true);
    expect(request?.observe.filter?.('other', 0)).toBe(false);
    // Where histories lie is read whatever the topics are.
    expect(request?.observe.filter?.('__consumer_offsets', 7)).toBe(true);
  });

  it('leaves a file alone unless it is forced', async () => {
    writeFileSync(file('mine'), 'mine');
    const refused = await runCli(['record', file('mine')], world(SERIES));
    expect([refused.code, readFileSync(file('mine'), 'utf8')]).toEqual([4, 'mine']);
    expect(refused.err).toContain('--force');
    expect((await runCli(['record', file('mine'), '--force'], world(SERIES))).code).toBe(0);
  });

  it('tells as JSON what was written, and what could not be read', async () => {
    const denied = { ...SERIES, problems: [problem('CLUSTER_AUTHORIZATION_FAILED')] };
    const { code, out } = await runCli(['record', file('d.kmedic'), '-o', 'json'], world(denied));
    expect(code).toBe(5);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'recorded',
      version: 1,
      samples: 5,
      groups: 1,
      redacted: false,
      errors: [{ name: 'CLUSTER_AUTHORIZATION_FAILED' }],
    });
  });

  it('stopped before the first sample writes nothing', async () => {
    const { code, err } = await runCli(['record', file('never')], world(null));
    expect(code).toBe(130);
    expect(err).toContain('nothing was written');
    expect(() => statSync(file('never'))).toThrow('ENOENT');
  });

  it('makes a redacted copy, or a smaller one, of a recording', async () => {
    await runCli(['record', file('whole.kmedic')], world(SERIES));
    const from = ['--from', file('whole.kmedic')];
    expect((await runCli(['record', file('red.json'), '--redact', ...from], world(null))).code).toBe(0);
    const text = readFileSync(file('red.json'), 'utf8');
    expect(text).not.toMatch(/payments|orders|pay-1/);
    expect(JSON.parse(text)).toMatchObject({ kind: 'recording', redacted: true });
    await runCli(['record', file('none.kmedic'), '-g', 'nobody', ...from], world(null));
    expect(latestSample(readRecording(file('none.kmedic'))).groups).toEqual([]);
  });

  it('gives the same bytes for the same recording, smaller than its JSON', () => {
    const bytes = recordingBytes(SERIES, 'x.kmedic');
    expect(recordingBytes(SERIES, 'y.kmedic').equals(bytes)).toBe(true);
    expect(bytes.length * 3).toBeLessThan(recordingBytes(SERIES, 'x.json').length);
  });
});

describe('a recording of several samples', () => {
  const path = file('series.kmedic');
  const single = file('single.json');
  writeRecordingFile(path, SERIES, true);
  writeFileSync(single, JSON.stringify(stalled(0)));

  it('is judged over its samples, and each time with the same bytes', async () => {
    const first = await runCli(['lag', '--from', path, '-o', 'json']);
    expect(await runCli(['lag', '--from', path, '-o', 'json'])).toEqual(first);
    expect(JSON.parse(first.out).groups[0]).toMatchObject({ group: 'payments', verdict: 'STALL' });
    const described = await runCli(['groups', 'describe', 'payments', '--from', path, '-o', 'json']);
    expect(JSON.parse(described.out).groups[0].verdict).toBe('STALL');
  });

  it.each([
    ['lag'],
    ['groups', 'list'],
    ['groups', 'describe', 'payments', '--members'],
    ['isr'],
    ['isr', 'can-restart', '1'],
    ['cluster'],
    ['diagnose', '--no-input'],
    ['diff'],
    ['report'],
  ])('gives the same bytes each time to %s %s', async (...words) => {
    const from = words[0] === 'diff' || words[0] === 'report' ? [path] : ['--from', path];
    const first = await runCli([...words, ...from], { columns: 120 });
    expect(first.out).not.toBe('');
    expect(await runCli([...words, ...from], { columns: 120 })).toEqual(first);
  });

  it('is judged over the window that is asked for', async () => {
    const samplesOf = async (...words: string[]) =>
      JSON.parse((await runCli(['lag', '--from', path, '-o', 'json', ...words])).out) as Record<string, unknown>;
    expect(await samplesOf('--window', '10s')).toMatchObject({ samples: 3, windowMs: 10_000 });
    expect(await samplesOf('--samples', '2')).toMatchObject({ samples: 2, windowMs: 5_000 });
    expect(await samplesOf('--samples', '1')).toMatchObject({ samples: 1, windowMs: 0 });
    const alone = await runCli(['lag', '--from', single, '--window', '10s']);
    expect(alone.code).toBe(2);
    expect(alone.err).toContain('record a series with');
  });
});

describe('diff', () => {
  const before = file('before.kmedic');
  const after = file('after.kmedic');
  writeRecordingFile(before, recording([stalled(60)]), true);
  writeRecordingFile(after, SERIES, true);

  it('ends with 1 where something got worse, and with 0 where nothing did', async () => {
    const worse = await runCli(['diff', before, after], { columns: 120 });
    expect(worse.code).toBe(1);
    expect(worse.out).toMatch(/✗ \d+ changes? for the worse/);
    expect(worse.out).toMatch(/bad .*payments +verdict +\w+ +STALL/);
    const same = await runCli(['diff', after, after], { columns: 120 });
    expect([same.code, same.out.split('\n')[0]]).toEqual([0, '✓ nothing changed']);
  });

  it('compares the first sample of one recording with its last', async () => {
    const began = file('began.kmedic');
    writeRecordingFile(began, recording([60, 20, 10, 0].map(stalled)), true);
    const worse = await runCli(['diff', began], { columns: 120 });
    expect([worse.code, worse.out]).toEqual([1, expect.stringMatching(/payments +verdict +OK +STALL/)]);
    // It stood still from the first sample on, of which one alone cannot tell: no change.
    const same = await runCli(['diff', after], { columns: 120 });
    expect([same.code, same.out]).toEqual([0, expect.not.stringContaining('STALL')]);
    const alone = await runCli(['diff', before]);
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('is one sample')]);
    expect((await runCli(['diff', before, after, after])).code).toBe(2);
  });

  it('tells once what many groups have in common, with the largest of them', async () => {
    const crowd = (committed: (at: number) => number): Recording => {
      const [sample] = SERIES.samples;
      if (sample === undefined) throw new Error('no sample');
      const groups = Array.from({ length: 20 }, (_, at) =>
        group(`g-${String(at).padStart(2, '0')}`, { commits: [commit('orders', 0, committed(at))] }),
      );
      return recording([{ ...sample, groups }]);
    };
    const [old, young] = [file('crowd-before.kmedic'), file('crowd-after.kmedic')];
    writeRecordingFile(
      old,
      crowd(() => 90),
      true,
    );
    writeRecordingFile(
      young,
      crowd((at) => 80 - (at === 17 ? 30 : 0)),
      true,
    );
    const folded = await runCli(['diff', old, young], { columns: 120 });
    expect(folded.out.split('\n').filter((line) => line.includes('  committed'))).toEqual([
      expect.stringMatching(/^worse +group +g-17 +committed orders-0 +90 +50 /),
      expect.stringMatching(/^worse +group +g-00 +committed orders-0 +90 +80 /),
      expect.stringMatching(/^worse +group +g-01 +committed orders-0 +90 +80 /),
      expect.stringMatching(/^worse +group +17 more +committed +… +… +likewise$/),
    ]);
    expect(folded.out).toContain('the largest of each kind: --all shows every one');
    for (const words of [['--all'], ['-o', 'csv']]) {
      const { out } = await runCli(['diff', old, young, ...words], { columns: 120 });
      expect(out.split('\n').filter((line) => line.includes('committed orders-0'))).toHaveLength(20);
    }
  });

  it('is one document as JSON', async () => {
    const { out } = await runCli(['diff', before, after, '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ kind: 'diff', version: 1, betweenMs: 60_000, errors: [] });
  });
});

describe('report', () => {
  const path = file('report.kmedic');
  writeRecordingFile(path, SERIES, true);

  it('is HTML on stdout, Markdown by its name or when asked, and the same each time', async () => {
    const html = await runCli(['report', path]);
    expect([html.code, html.err]).toEqual([0, '']);
    expect(html.out).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(await runCli(['report', path])).toEqual(html);
    expect((await runCli(['report', path, '-o', 'markdown'])).out).toMatch(/^# Incident report/);
    const out = file('report.md');
    expect((await runCli(['report', path, '--out', out])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toMatch(/^# Incident report/);
    expect((await runCli(['report', path, '--out', out])).code).toBe(4);
  });

  it('of a file that is none says so', async () => {
    const wrong = file('wrong.json');
    writeFileSync(wrong, '{"kind":"lag"}');
    const { code, err } = await runCli(['report', wrong]);
    expect([code, err]).toEqual([2, expect.stringContaining('is not a recording')]);
    expect((await runCli(['report', file('absent')])).code).toBe(2);
  });

  it('of version 1 is made as well', async () => {
    const old = new URL('../../fixtures/recordings/version-1.json', import.meta.url).pathname;
    const { code, out } = await runCli(['report', old]);
    expect(code).toBe(0);
    expect(out).toContain('payments');
    expect(JSON.parse((await runCli(['lag', '--from', old, '-o', 'json'])).out).groups[0].group).toBe('payments');
  });
});

describe('offsets show and export --from', () => {
  it('read the newest sample, of the topics that are asked for', async () => {
    const path = file('offsets.kmedic');
    writeRecordingFile(path, SERIES, true);
    const { code, out, err } = await runCli(['offsets', 'show', 'payments', '--from', path, '-o', 'json']);
    expect([code, err]).toEqual([0, '']);
    const newest = latestSample(SERIES);
    const { groups, at } = JSON.parse(out);
    expect(at).toBe(newest.at);
    expect(groups.map(({ group: name }: { group: string }) => name)).toEqual(['payments']);
    const commits = newest.groups.find((entry) => entry.group === 'payments')?.commits ?? [];
    expect(commits.length).toBeGreaterThan(0);
    expect(
      groups[0].offsets.map(({ topic: name, partition, offset }: Record<string, unknown>) => [name, partition, offset]),
    ).toEqual(commits.map(({ topic: name, partition, offset }) => [name, partition, offset]));
    const [first] = commits;
    const exported = await runCli([
      'offsets',
      'export',
      'payments',
      '--from',
      path,
      '--topic',
      `${first?.topic}:${first?.partition}`,
    ]);
    expect([exported.code, exported.out]).toEqual([0, `${first?.topic},${first?.partition},${first?.offset}\n`]);
  });

  it('say which group the recording does not hold', async () => {
    const path = file('offsets.kmedic');
    const { code, err } = await runCli(['offsets', 'show', 'nobody', '--from', path]);
    expect(code).toBe(1);
    expect(err).toContain('there is no group nobody');
  });
});

describe('whose history is read', () => {
  const many = (odd: string) =>
    snapshot(
      [topic('t', [partition(0, 100)])],
      Array.from({ length: 10_000 }, (_, at) =>
        group(`g${String(at).padStart(5, '0')}`, {
          members: [member(at === 7 ? odd : 'm', { t: [0] })],
          commits: [commit('t', 0, at === 4_000 ? 90 : 100)],
          ...(at === 9_000 ? { state: 'PreparingRebalance' } : {}),
        }),
      ),
      { at: new Date(AT_MS).toISOString() },
    );

  it('is everybody where they are few, and of ten thousand those with a symptom', () => {
    expect(groupsOfInterest(SERIES.samples)).toEqual(['payments']);
    expect(groupsOfInterest([many('before'), many('after')])).toEqual(['g00007', 'g09000', 'g04000']);
  });
});
