import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { errorDocumentSchema } from '../../src/cli/error-document.ts';
import { readRecording } from '../../src/cluster/read-recording.ts';
import { recordingSchema } from '../../src/cluster/recording.ts';
import { groupsDocumentSchema } from '../../src/health/groups-document.ts';
import { lagDocumentSchema } from '../../src/health/lag-document.ts';
import { BIN, Running, runBin } from './run-bin.ts';

const FROM = ['--from', 'fixtures/snapshots/incident.json'];
const dir = mkdtempSync(join(tmpdir(), 'kmedic-e2e-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the built bin, offline', () => {
  it('tells help and version on stdout, and nothing on stderr', async () => {
    const help = await runBin(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('kmedic demo');
    expect(await runBin(['--version'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^kmedic \d+\.\d+\.\d+\n$/),
    });
  });

  it('reads a recording: rows on stdout, verdicts on stderr', async () => {
    const { code, out, err } = await runBin(['lag', ...FROM]);
    expect(code).toBe(0);
    expect(out.split('\n').length).toBe(12);
    expect(err).toContain('✗ audit-sink  OUT-OF-RANGE');
  });

  it.each(['json', 'yaml', 'ndjson', 'csv', 'wide'])('writes -o %s', async (output) => {
    const { code, out } = await runBin(['groups', 'list', '-o', output, ...FROM]);
    expect(code).toBe(0);
    expect(out).toContain('scan-workers');
    if (output === 'json') groupsDocumentSchema.parse(JSON.parse(out));
  });

  it.each([
    [['lga'], 2],
    [['lag', '--by', 'x'], 2],
    [['lag', '--from', 'package.json'], 2],
    [['lag', '--from', 'does-not-exist.json'], 2],
    [['lag', 'nope', ...FROM], 1],
    [['lag', 'nope', 'payments', ...FROM], 5],
    [['lag', '--exit-code', ...FROM], 1],
    [['lag', '-b', '127.0.0.1:1', '--timeout', '2s'], 3],
    [['lag', '-b', 'not an address'], 2],
  ])('kmedic %j exits %i', async (argv, exit) => {
    const { code, err } = await runBin(argv);
    expect(code).toBe(exit);
    expect(err).not.toBe('');
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('puts the error into a document as well', async () => {
    const { out } = await runBin(['lag', '-b', '127.0.0.1:1', '-o', 'json']);
    expect(errorDocumentSchema.parse(JSON.parse(out))).toMatchObject({ errors: [{ name: 'UNREACHABLE' }] });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const shell = spawn('sh', [
      '-c',
      `"${process.execPath}" "${BIN}" lag --from fixtures/snapshots/incident.json -o json 2>"${dir}/err" | head -c 5`,
    ]);
    await new Promise((resolve) => shell.on('close', resolve));
    expect(readFileSync(join(dir, 'err'), 'utf8')).toBe('');
  });

  it.runIf(existsSync('/dev/full'))('says so when its output cannot be written', async () => {
    const shell = spawn('sh', ['-c', `"${process.execPath}" "${BIN}" schema lag >/dev/full 2>"${dir}/full"`]);
    expect(await new Promise((resolve) => shell.on('close', resolve))).toBe(1);
    expect(readFileSync(join(dir, 'full'), 'utf8')).toBe(
      '✗ standard output: no space left on the device: not everything was written\n',
    );
  });

  it('prints the JSON schema of every document', async () => {
    for (const kind of ['lag', 'groups', 'deletion', 'snapshot', 'error']) {
      const { code, out } = await runBin(['schema', kind]);
      expect(code).toBe(0);
      expect(JSON.parse(out).properties.kind).toEqual({ type: 'string', const: kind });
    }
  });
});

describe('the built bin on its own cluster', () => {
  it('shows the lag of a live group with one command', async () => {
    const { code, out } = await runBin(['lag', '--embedded', '-o', 'json']);
    expect(code).toBe(0);
    const [payments] = lagDocumentSchema.parse(JSON.parse(out)).groups;
    expect(payments).toMatchObject({ group: 'payments', state: 'Stable', members: 3, verdict: 'BEHIND', unknown: 0 });
    expect(payments?.partitions.map(({ clientId, verdict }) => [clientId, verdict])).toEqual([
      ['pay-1', 'OK'],
      ['pay-2', 'OK'],
      ['pay-3', 'BEHIND'],
    ]);
  });

  it('prints the incident once without a terminal, and ends', async () => {
    const { code, out, err } = await runBin(['demo']);
    expect(code).toBe(0);
    expect(out).toMatch(/payments +orders +2 +1207 +0 +\d+ +\d+ +\S+ +1m\d\ds +pay-3 +127\.0\.0\.1 +STALL\n/);
    expect(err).toContain('3 brokers on 127.0.0.1:');
  });

  it('records, privately and without replacing, and reads it back', async () => {
    const file = join(dir, 'incident.json');
    const first = await runBin(['record', file, '--embedded']);
    expect(first).toMatchObject({ code: 0, out: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    recordingSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const offline = await runBin(['lag', '--from', file, '-o', 'csv']);
    expect(offline.out).toContain('payments,orders,2,1207,0,');
    const before = readFileSync(file, 'utf8');
    expect((await runBin(['record', file, ...FROM])).code).toBe(4);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect((await runBin(['record', file, '--force', ...FROM])).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toBe(before);
  });

  it('writes what was taken when it is stopped, and makes a report of it', async () => {
    const file = join(dir, 'stopped.kmedic');
    const page = join(dir, 'stopped.html');
    const run = new Running(['record', '--embedded', '--out', file, '--samples', '1000', '--every', '200ms', '-v']);
    await run.said('sample 2 of 1000');
    run.child.kill('SIGINT');
    const { code, err } = await run.ended;
    expect(code).toBe(130);
    const { samples, interrupted } = readRecording(file);
    expect(err).toContain(`${samples.length} samples of 1 group `);
    expect([samples.length >= 2, samples.length < 1000, interrupted]).toEqual([true, true, true]);
    expect(await runBin(['report', file, '--out', page])).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*payments/);
    expect((await runBin(['diff', file, file])).code).toBe(0);
  });

  it('runs brokers on the ports asked for until SIGTERM, and refuses to take them twice', async () => {
    const argv = ['broker', 'start', '--port', '21450', '--nodes', '2', '--topic', 'orders:2:2'];
    const broker = new Running(argv);
    await broker.said('listening on 127.0.0.1:21450,127.0.0.1:21451\n');
    const status = await runBin(['broker', 'status', '-b', '127.0.0.1:21450']);
    expect(status).toMatchObject({ code: 0, out: expect.stringMatching(/127\.0\.0\.1 +21451 .* up/) });
    const second = await runBin(argv);
    expect(second).toMatchObject({ code: 4, out: '', err: expect.stringContaining('port 21450') });
    broker.child.kill('SIGTERM');
    expect((await broker.ended).code).toBe(0);
    expect((await runBin(['broker', 'status', '-b', '127.0.0.1:21450'])).code).toBe(3);
  });

  it('keeps a data directory over restarts, and to itself', async () => {
    const argv = ['broker', 'start', '--port', '0', '--nodes', '1', '--data-dir', join(dir, 'data')];
    const broker = new Running([...argv, '--topic', 'kept:1:1']);
    await broker.said('listening on');
    const second = await runBin(argv);
    expect(second).toMatchObject({ code: 4, out: '' });
    broker.child.kill('SIGINT');
    expect((await broker.ended).code).toBe(0);
    const again = new Running(argv);
    await again.said('listening on');
    again.child.kill('SIGTERM');
    const { out, code } = await again.ended;
    expect({ code, lines: out.trimEnd().split('\n').length }).toEqual({ code: 0, lines: 1 });
    const foreign = await runBin(['broker', 'start', '--port', '0', '--nodes', '1', '--data-dir', 'src']);
    expect(foreign.code).toBe(4);
  });
});
