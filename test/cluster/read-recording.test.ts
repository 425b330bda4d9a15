import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { parseRecording, readRecording } from '../../src/cluster/read-recording.ts';
import { latestSample, type Recording, recordingOf } from '../../src/cluster/recording.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';

const directory = mkdtempSync(join(tmpdir(), 'kmedic-recording-'));
afterAll(() => rmSync(directory, { recursive: true }));

const SNAPSHOT: Snapshot = {
  kind: 'snapshot',
  version: 1,
  at: '2026-11-21T07:00:00.000Z',
  durationMs: 12,
  roundTrips: 4,
  requests: { Metadata: 1 },
  cluster: { id: 'c', controller: null },
  brokers: [{ id: 1, host: '::1', port: 9092, rack: null, problem: null }],
  topics: [],
  groups: [
    {
      group: 'ü "quoted"\n',
      type: 'classic',
      protocolType: 'consumer',
      state: 'Empty',
      coordinator: 1,
      protocol: null,
      groupEpoch: null,
      assignmentEpoch: null,
      members: [],
      commits: [
        {
          topic: 't',
          partition: 0,
          offset: 2 ** 52,
          leaderEpoch: null,
          metadata: null,
          timestampMs: null,
          problem: null,
        },
      ],
      problem: null,
    },
  ],
  problems: [{ scope: 'cluster', name: 'X', message: 'm', advice: null }],
};

const parse = (text: string, file = 'r.json') => parseRecording(Buffer.from(text), file);

const changed = (change: (value: Record<string, unknown>) => void) => {
  const value = structuredClone(SNAPSHOT) as unknown as Record<string, unknown>;
  change(value);
  return JSON.stringify(value);
};

describe('a recording', () => {
  const recording: Recording = { ...recordingOf(SNAPSHOT), interrupted: true, requests: { Fetch: 3 } };

  it('comes back as it was, packed or not', () => {
    expect(parse(JSON.stringify(recording))).toEqual(recording);
    expect(parseRecording(gzipSync(JSON.stringify(recording)), 'r.kmedic')).toEqual(recording);
  });

  it('of version 1, a bare snapshot, is a recording of one sample', () => {
    expect(parse(JSON.stringify(SNAPSHOT))).toEqual(recordingOf(SNAPSHOT));
  });

  it('that was cut off is refused', () => {
    const cut = gzipSync(JSON.stringify(recording)).subarray(0, 100);
    expect(() => parseRecording(cut, 'r.kmedic')).toThrow(/^r\.kmedic cannot be unpacked: /);
  });

  it('names the file that is missing', () => {
    expect(() => readRecording(join(directory, 'no.json'))).toThrow(
      /^cannot read .*no\.json: no such file or directory$/,
    );
  });

  it.each([
    ['', 'r.json is not JSON'],
    [JSON.stringify(SNAPSHOT).slice(0, 200), 'r.json is not JSON'],
    ['[]', 'r.json is not a recording but some other JSON'],
    ['null', 'r.json is not a recording but some other JSON'],
    [JSON.stringify({ kind: 'lag', version: 1 }), 'r.json is not a recording but a document of kind "lag"'],
    [changed((value) => Object.assign(value, { version: 2 })), 'r.json has version 2; this kmedic reads up to 1'],
    [JSON.stringify({ ...recordingOf(SNAPSHOT), version: 3 }), 'r.json has version 3; this kmedic reads up to 2'],
    [JSON.stringify({ ...recordingOf(SNAPSHOT), samples: [] }), 'r.json: samples: '],
    [changed((value) => Object.assign(value, { at: 'yesterday' })), 'r.json: at: '],
    [changed((value) => delete value['groups']), 'r.json: groups: '],
    [changed((value) => Object.assign(value['brokers'] as object, { 0: { id: '1' } })), 'r.json: brokers[0].id: '],
    [
      changed((value) =>
        Object.assign((value['groups'] as { commits: object[] }[])[0]?.commits[0] ?? {}, { offset: 'ten' }),
      ),
      'r.json: groups[0].commits[0].offset: ',
    ],
  ])('that is wrong is refused with the place: %#', (text, message) => {
    const read = () => parse(text);
    expect(read).toThrow(expect.objectContaining({ name: 'INVALID_RECORDING', advice: expect.any(String) }));
    expect(read).toThrow(message);
  });

  it('is read from a file with a line end behind it', () => {
    const file = join(directory, 'b.json');
    writeFileSync(file, `${JSON.stringify(SNAPSHOT, null, 2)}\n\n`);
    expect(latestSample(readRecording(file)).groups[0]?.group).toBe('ü "quoted"\n');
  });
});
