import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Asked, Prompter, Reply } from '../../src/cli/prompter.ts';
import { readRecording } from '../../src/cluster/read-recording.ts';
import type { RecordRequest } from '../../src/cluster/record.ts';
import type { Recording } from '../../src/cluster/recording.ts';
import { type DiagnosisDocument, diagnosisDocumentSchema } from '../../src/diagnose/diagnosis-document.ts';
import type { Tree } from '../../src/diagnose/model.ts';
import type { Knowledge } from '../../src/diagnose/walk.ts';
import { BROKEN, evidence, knowledge, SLOW } from '../diagnose/tiny-tree.ts';
import { runCli, type World } from './run-cli.ts';

const home = mkdtempSync(join(tmpdir(), 'kmedic-diagnose-'));
afterAll(() => rmSync(home, { recursive: true }));
let files = 0;
const fresh = (content?: string): string => {
  const path = join(home, `file-${files++}`);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};

function world(rest: World & { seen?: Parameters<typeof evidence>[0]; known?: Knowledge } = {}): World {
  const { seen, known, ...more } = rest;
  return {
    ...more,
    deps: {
      knowledge: async () => known ?? knowledge(),
      readRecording: async () => evidence(seen).recording,
      ...more.deps,
    },
  };
}
const diagnose = (words: string, rest: Parameters<typeof world>[0] = {}) =>
  runCli(['diagnose', ...words.split(' ').filter((word) => word !== ''), '--from', 'incident.kmedic'], world(rest));
const json = async (words: string, rest: Parameters<typeof world>[0] = {}): Promise<DiagnosisDocument> =>
  JSON.parse((await diagnose(`${words} -o json`, rest)).out);

/** Answers one question after the other, and remembers what was asked. */
function person(...replies: Reply[]): Prompter & { asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    choose: async (question) => {
      asked.push(question);
      return replies[asked.length - 1] ?? { kind: 'interrupted' };
    },
  };
}
const answer = (id: string): Reply => ({ kind: 'answer', id });

describe('diagnose, unattended', () => {
  it('shows the path, then the verdicts, then what only a person can tell', async () => {
    const { code, out, err } = await diagnose('slow -g payments --no-input', { columns: 100 });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "A group that falls behind · group payments                                   source: 002 debug guide
       1 ● Is anything unread?                                                                    measured
           1 partitions are behind (ListOffsets)
           → yes
       2 ? How long does one batch take to process at worst?                                       unknown
           no --client-config was given (consumer.properties)
           not known: the consumer's own settings cannot be seen from here
           would tell: --client-config consumer.properties
           → any of: under a minute | over five minutes
       3 ? (if 2 is: under a minute) Is one key much more frequent than the others?                unknown
           → any of: yes | no

      ? possible causes, best supported first; the answers below would tell
        SLW-03     a batch takes too long (fault, group payments)
        SLW-02     a hot key (fault, group payments)
        SLW-01     too few consumers (fault, group payments)

      ? open: let them be measured, or answer them
        How long does one batch take to process at worst? (group payments)
          not known: the consumer's own settings cannot be seen from here
          to find out: --client-config consumer.properties
          in --answers: "slow/batch@payments": under (under a minute) | over (over five minutes)
        Is one key much more frequent than the others? (group payments)
          to find out: Count keys.
          in --answers: "slow/keys@payments": yes | no

      seen in 1 sample, at 2026-11-20 14:15:00Z
      "
    `);
  });

  it('fits 80 columns, but breaks no command', async () => {
    const { out } = await diagnose('slow -g payments --no-input --show-sources', { columns: 80 });
    const long = out.split('\n').filter((line) => line.length > 80 && !/^\s+(next|runbook)\s/.test(line));
    expect(long).toEqual([]);
  });

  it('says the same with and without colour', async () => {
    const plain = await diagnose('--no-input', { columns: 100 });
    const coloured = await diagnose('--no-input', { columns: 100, colour: 1 });
    expect(coloured.out).not.toBe(plain.out);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is left without colours
    expect(coloured.out.replace(/\u001b\[\d+m/g, '')).toBe(plain.out);
  });

  it('exits 0 where nothing calls for a walk', async () => {
    const { code, out } = await diagnose('', { seen: { committed: 100 } });
    expect(code).toBe(0);
    expect(out).toContain('✓ no fault found');
  });

  it('tells what many groups have once, with their names', async () => {
    const { recording } = evidence();
    const [sample] = recording.samples;
    const [first] = sample?.groups ?? [];
    if (sample === undefined || first === undefined) throw new Error('no group');
    const groups = [...Array(30).keys()].map((at) => ({
      ...first,
      group: `g-${at}`,
      commits: first.commits.map((commit) => ({ ...commit, offset: (commit.offset ?? 0) - (at === 17 ? 5 : 0) })),
    }));
    const crowd = { ...recording, samples: [{ ...sample, groups }] };
    const { out } = await diagnose(`--answers ${fresh('slow/batch: over')}`, {
      deps: { readRecording: async () => crowd },
    });
    expect(out.split('SLW-03').length - 1).toBe(2);
    // The one that is furthest behind stands for the others.
    expect(out).toContain('about      group g-17');
    expect(out).toContain('also       group g-0, group g-1, group g-2, group g-3, group g-4, group g-5 … and 23 more');
    expect(out).toContain(
      'the same way: group g-0, group g-1, group g-2, group g-3, group g-4, group g-5 … and 23 more',
    );
    expect(out.split('\n').length).toBeLessThan(40);
    const markdown = await diagnose(`--answers ${fresh('slow/batch: over')} -o markdown`, {
      deps: { readRecording: async () => crowd },
    });
    expect(markdown.out.match(/^## SLW-03/gm)).toHaveLength(1);
    expect(markdown.out.match(/^## Path/gm)).toHaveLength(1);
    expect(markdown.out).toContain('the same of group g-0, group g-1');
  });

  it('never asks on a pipe, with -o json, or with --no-input', async () => {
    const nobody: Prompter = { choose: () => Promise.reject(new Error('nobody may be asked')) };
    expect((await diagnose('slow -g payments -o json', { columns: 80, prompter: nobody })).code).toBe(1);
    expect((await diagnose('slow -g payments --no-input', { columns: 80, prompter: nobody })).code).toBe(1);
  });

  it('writes one document with a published schema', async () => {
    const document = await json('');
    expect(diagnosisDocumentSchema.parse(document)).toEqual(document);
    const { out } = await runCli(['schema', 'diagnosis']);
    expect(JSON.parse(out)).toMatchObject({ type: 'object', properties: { kind: { const: 'diagnosis' } } });
  });

  it('takes answers beforehand, as JSON or YAML', async () => {
    const answers = fresh('slow/batch: under\nslow/keys@payments: true\n');
    const { verdicts } = await json(`--answers ${answers}`);
    expect(verdicts.map(({ id, confidence }) => [id, confidence])).toEqual([['SLW-02 group payments', 'high']]);
    expect(verdicts[0]?.commands).toEqual(['kmedic offsets peek payments orders:1']);
  });

  it.each([
    ['{"slwo/batch": "under"}', 'there is no tree slwo', 'did you mean slow?'],
    ['{"slow/bath": "under"}', 'tree slow has no question bath', 'did you mean batch?'],
    ['{"slow/batch": "maybe"}', 'maybe is no answer', 'the answers are under, over, unknown'],
    ['[1]', 'not a set of answers', 'tree/question@subject'],
  ])('refuses answers that mean nothing: %s', async (content, message, advice) => {
    const { code, err } = await diagnose(`slow --answers ${fresh(content)}`);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain(advice);
  });

  it.each([
    ['diagnose replay FILE', '{"kind":"recording","version":2}', 'kmedic diagnose --from FILE'],
    ['diagnose --resume FILE', '{"kind":"other"}', 'kmedic diagnose --save FILE'],
    ['diagnose slow --answers FILE --from x', '\u0001{: [', 'it is neither JSON nor YAML'],
    ['diagnose replay FILE', null, 'is a directory'],
    ['report FILE', null, 'is a directory'],
    ['diagnose slow --answers FILE --from x', null, 'is a directory'],
    ['diagnose slow --client-config FILE --from x', null, 'is a directory'],
    ['diagnose slow --log-dir FILE/nope --from x', null, 'no such file'],
  ])('says which file is wrong, and what would be right: %s of %j', async (words, content, says) => {
    const path = content === null ? home : fresh(content);
    const { code, err } = await runCli(
      words.split(' ').map((word) => word.replace('FILE', path)),
      world(),
    );
    expect(code).toBe(2);
    expect(err).toContain(path);
    expect(err).toContain(says);
  });

  it('says where to begin when nothing shows, as commands that can be run from there', async () => {
    const { out } = await diagnose('', { seen: { committed: 100 }, columns: 80 });
    expect(out).toContain('    kmedic diagnose lost -g payments --from incident.kmedic\n');
    expect(out.split('\n').filter((line) => line.length > 80 && !line.startsWith('    kmedic '))).toEqual([]);
  });

  it("reads a client's settings, and keeps no secret of them", async () => {
    const client = fresh('max.poll.interval.ms=300000\nssl.keystore.password=hunter2\n');
    const session = fresh();
    const { out } = await diagnose(`slow -g payments --client-config ${client} --save ${session} -o json`);
    expect(JSON.parse(out).verdicts).toMatchObject([{ leaf: 'SLW-03', confidence: 'high' }]);
    const { gunzipSync } = await import('node:zlib');
    expect(gunzipSync(readFileSync(session)).toString()).not.toContain('hunter2');
    expect(statSync(session).mode & 0o777).toBe(0o600);
  });

  it('writes an incident report', async () => {
    const { code, out } = await diagnose('slow -g payments -o markdown', { seen: { leaderless: true } });
    expect(code).toBe(1);
    expect(out).toMatch(/^# Incident report: /);
    expect(out).toContain('## Path: A group that falls behind (group payments)');
    expect(out).toContain('## Groups at the end');
    expect(out).not.toContain('## Sources');
    expect(out).toContain('`slow/batch@payments`: `under`, `over`');
  });

  it.each([
    ['slwo', 'there is no tree or symptom slwo', 'did you mean slow?'],
    ['slow -g paymens', 'there is no group paymens', 'did you mean payments?'],
    ['slow -t ordes', 'there is no topic ordes', 'did you mean orders?'],
    ['slow --samples 3', 'a recording has its samples already', ''],
  ])('explains: diagnose %s', async (words, message, advice) => {
    const { code, err } = await diagnose(words);
    expect(code).not.toBe(0);
    expect(err).toContain(message);
    expect(err).toContain(advice);
  });

  it('names the client’s file as it was given, in commands', async () => {
    const client = fresh('max.poll.interval.ms=300000\n');
    const slow = { ...SLOW.leaves['SLW-03'], commands: ['diagnose slow --client-config {client}'] };
    const known = knowledge([], [BROKEN, { ...SLOW, leaves: { ...SLOW.leaves, 'SLW-03': slow } as Tree['leaves'] }]);
    const { verdicts } = await json(`slow -g payments --client-config ${client}`, { known });
    expect(verdicts[0]?.commands).toEqual([`kmedic diagnose slow --client-config ${client} --from incident.kmedic`]);
  });

  it('replays a session of before symptoms walked other trees', async () => {
    const file = fresh();
    await diagnose(`lag-grows -g payments --save ${file} --force`);
    const { gunzipSync } = await import('node:zlib');
    const session = JSON.parse(gunzipSync(readFileSync(file)).toString());
    expect(session.aim).toEqual({
      tree: 'slow',
      start: null,
      also: ['broken'],
      group: 'payments',
      topic: null,
      broker: null,
    });
    const { also, broker, ...old } = session.aim;
    const older = fresh(JSON.stringify({ ...session, aim: old }));
    const { code, out } = await runCli(['diagnose', 'replay', older, '--no-input'], world());
    expect(code).toBe(1);
    expect(out).toContain('the verdict is the same');
  });

  it('says where names are listed that are no other’s misspelling', async () => {
    expect((await diagnose('slow -g zzzzzzzz')).err).toContain(
      'kmedic groups list --from incident.kmedic shows all that it holds',
    );
  });

  it('begins with a symptom', async () => {
    expect((await json('lag-grows -g payments')).path.map(({ tree }) => tree)).toEqual(['slow']);
  });

  it('walks what else can explain a symptom, where the evidence calls for it', async () => {
    const { path, verdicts } = await json(`lag-grows -g payments --answers ${fresh('slow/batch: over')}`, {
      seen: { leaderless: true },
    });
    expect(path.map(({ tree }) => tree)).toEqual(['slow', 'broken']);
    expect(verdicts.map(({ leaf }) => leaf)).toEqual(['SLW-03', 'BRK-01']);
  });
});

describe('diagnose, on a live cluster', () => {
  const snapshots = evidence().recording.samples;
  const asked: RecordRequest[] = [];
  const live = (words: string, record: () => Recording | null = () => evidence().recording, rest: World = {}) =>
    runCli(['diagnose', ...words.split(' '), '-b', 'h:1'], {
      ...rest,
      deps: {
        knowledge: async () => knowledge(),
        connect: async () => ({
          name: 'h:1',
          observe: async () => snapshots[0] ?? Promise.reject(new Error('no snapshot')),
          record: async (request) => {
            asked.push(request);
            return record();
          },
          deleteGroups: () => Promise.reject(new Error('nothing may be deleted')),
          close: async () => undefined,
        }),
      },
    });

  it('takes samples over ten seconds, or as it is told, and says how to reach the cluster again', async () => {
    const { code, out } = await live('slow -g payments');
    expect(code).toBe(1);
    expect(asked.at(-1)).toMatchObject({ samples: 6, everyMs: 2000, observe: { groups: { names: ['payments'] } } });
    expect(out).toContain('--client-config');
    await live('slow -g payments --samples 3 --window 30s');
    expect(asked.at(-1)).toMatchObject({ samples: 3, everyMs: 15_000 });
    expect((await live('slow --every 1s --window 30s')).err).toContain('--every and --window say the same thing twice');
  });

  it('hears of a wrong name before it samples', async () => {
    const before = asked.length;
    const { code, err } = await live('slow -g paymens');
    expect(code).toBe(1);
    expect(err).toContain('did you mean payments?');
    expect(asked).toHaveLength(before);
  });

  it('ends with 130 when it is interrupted before the first sample', async () => {
    expect(await live('slow -g payments', () => null)).toEqual({ code: 130, out: '', err: '' });
  });
});

describe('diagnose, with somebody at the terminal', () => {
  const talk = (prompter: Prompter, words = 'slow -g payments', rest: Parameters<typeof world>[0] = {}) =>
    diagnose(words, { columns: 100, prompter, ...rest });

  it('goes on with the other trees that can explain a symptom, and tells a consequence under its cause', async () => {
    const somebody = person(answer('under'), answer('no'));
    const { code, out } = await talk(somebody, 'lag-grows -g payments', { seen: { leaderless: true } });
    expect(code).toBe(1);
    expect(somebody.asked).toHaveLength(2);
    expect(out).toMatch(/A group that falls behind · group payments.*A broker is down.*✗ fault {2}BRK-01/s);
    expect(out).toContain('follows    SLW-01 too few consumers: group payments');
    const alone = await talk(person(answer('under'), answer('no')), 'slow -g payments', { seen: { leaderless: true } });
    expect(alone.out).toContain('✗ fault  SLW-01');
    expect(alone.out).not.toContain('A broker is down');
  });

  it('asks what could not be measured, one question at a time, and ends in a verdict', async () => {
    const somebody = person(answer('under'), answer('yes'));
    const { code, out } = await talk(somebody);
    expect(code).toBe(1);
    expect(somebody.asked.map(({ head }) => head[0])).toEqual([
      expect.stringContaining('2 ? How long does one batch take'),
      expect.stringContaining('3 ? Is one key much more frequent'),
    ]);
    expect(out).toContain('1 ● Is anything unread?');
    expect(out).toContain('✗ fault  SLW-02  a hot key  (confidence: high)');
  });

  it('tells why it asks, and what would tell', async () => {
    const somebody = person();
    await talk(somebody);
    expect(somebody.asked[0]?.why?.join(' ')).toContain('leaves the group');
    expect(somebody.asked[0]?.head.join(' ')).toContain('--client-config consumer.properties');
  });

  it('goes back to the question before, but not beyond the first', async () => {
    const somebody = person(answer('under'), { kind: 'back' }, answer('over'));
    const { out } = await talk(somebody);
    expect(somebody.asked.map(({ back }) => back)).toEqual([false, true, false]);
    expect(out).toContain('✗ fault  SLW-03');
  });

  it('goes on with every branch of what is skipped', async () => {
    const { code, out } = await talk(person({ kind: 'skip' }, answer('no')));
    expect(code).toBe(1);
    expect(out).toContain('possible causes');
    expect(out).toMatch(/SLW-01[\s\S]*SLW-03|SLW-03[\s\S]*SLW-01/);
    expect(out).not.toContain('SLW-02');
  });

  it('ends at Ctrl-C with 130, and writes nothing', async () => {
    const session = fresh();
    expect((await talk(person(answer('under')), `slow -g payments --save ${session}`)).code).toBe(130);
    expect(() => statSync(session)).toThrow();
  });

  it('saves and quits, and goes on later with the same evidence', async () => {
    const session = fresh();
    const left = await talk(person(answer('under'), { kind: 'quit' }), `slow -g payments --save ${session}`);
    expect(left.out).toContain(`kmedic diagnose --resume ${session}`);
    const somebody = person(answer('no'));
    const resumed = await runCli(['diagnose', '--resume', session], world({ columns: 100, prompter: somebody }));
    expect(somebody.asked.map(({ head }) => head[0])).toEqual([expect.stringContaining('3 ? Is one key')]);
    expect(resumed.out).toContain('✗ fault  SLW-01');
  });

  it('begins with what the evidence shows, then symptoms', async () => {
    const somebody = person(answer('0'), answer('over'));
    const { out } = await talk(somebody, '');
    expect(somebody.asked[0]?.choices.map(({ text }) => text)).toEqual([
      'seen: A group that falls behind · group payments',
      'lag grows',
      'a partition is offline',
    ]);
    expect(out).toContain('✗ fault  SLW-03');
  });

  it('asks whom a symptom is about only where that is open', async () => {
    const somebody = person(answer('2'));
    const { code, out } = await talk(somebody, '');
    expect(code).toBe(0);
    expect(out).toContain('✓ sound  BRK-00  every partition has a leader');
  });
});

describe('diagnose replay', () => {
  const saved = async (): Promise<string> => {
    const session = fresh();
    await diagnose(`slow -g payments --answers ${fresh('slow/batch: over')} --save ${session} -o json`);
    return session;
  };
  const replay = (words: string[], rest: Parameters<typeof world>[0] = {}) =>
    runCli(['diagnose', 'replay', ...words], world(rest));

  it('comes to the same verdict, offline, with the same bytes each time', async () => {
    const session = await saved();
    const first = await replay([session]);
    expect(first).toMatchObject({ code: 1, err: '' });
    expect(first.out).toContain('✗ fault  SLW-03');
    expect(first.out).toContain('= judged again  the verdict is the same (the same trees)');
    expect(await replay([session])).toEqual(first);
  });

  it.each([
    ['lag', '--from'],
    ['groups list', '--from'],
    ['isr', '--from'],
    ['cluster', '--from'],
    ['diff', ''],
  ])('is evidence for %s, as the recording in it is', async (words, option) => {
    const session = await saved();
    const plain = fresh(JSON.stringify(evidence().recording));
    const look = (file: string) =>
      runCli([...words.split(' '), ...(option === '' ? [plain] : [option]), file, '-o', 'json']);
    const told = await look(session);
    expect(told.out).toContain('"kind"');
    expect(told.out.replaceAll(session, 'F')).toBe((await look(plain)).out.replaceAll(plain, 'F'));
  });

  it('is evidence for a new diagnosis: its answers stay behind, and it says so', async () => {
    const client = fresh('max.poll.interval.ms=300000\n');
    const session = fresh();
    await diagnose(`slow -g payments --client-config ${client} --answers ${fresh('slow/keys: no')} --save ${session}`);
    const deps = { ...world().deps, readRecording: async (path: string) => readRecording(path) };
    const again = await runCli(['diagnose', 'slow', '--no-input', '--from', session], { deps });
    expect(again.err).toBe(
      `its answers are not taken along; to go on with them: kmedic diagnose --resume ${session}\n`,
    );
    // What its properties file said is part of the evidence.
    expect(again.out).toContain('✗ fault  SLW-03');
  });

  it('shows where newer trees judge otherwise', async () => {
    const session = await saved();
    const tree = structuredClone(SLOW);
    Object.assign(tree.questions['batch']?.answers[1] ?? {}, { to: 'SLW-01' });
    const known = knowledge([], [tree]);
    const { out } = await replay([session, '-o', 'json'], { known });
    expect(JSON.parse(out).replay.differences).toEqual([
      {
        tree: 'slow',
        subject: { kind: 'group', name: 'payments' },
        before: ['SLW-03 high'],
        after: ['SLW-01 high'],
        parts: null,
      },
    ]);
    expect((await replay([session], { known })).out).toContain('≠ judged again  the verdict differs');
  });

  it('goes step by step at a terminal', async () => {
    const somebody = person(answer('next'), answer('next'));
    const { out } = await replay([await saved()], { columns: 100, prompter: somebody });
    expect(somebody.asked.map(({ head }) => head[0])).toEqual([
      expect.stringContaining('1 ● Is anything unread?'),
      expect.stringContaining('2 ◆ How long does one batch take'),
    ]);
    expect(out).toContain('✗ fault  SLW-03');
  });

  it.each([
    ['{"kind":"snapshot"}', 'is not a session but a document of kind "snapshot"'],
    ['{"kind":"session","version":99}', 'has version 99; this kmedic reads up to 1'],
    ['{"kind":"session","version":1}', 'aim: '],
    ['nonsense', 'is not JSON'],
  ])('refuses other files: %s', async (content, message) => {
    const { code, err } = await replay([fresh(content)]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
