import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../../src/broker/fault/index.ts';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { brokersDocumentSchema, faultsDocumentSchema } from '../../src/cli/commands/broker/faults-document.ts';
import { until } from '../until.ts';
import { runOffsets } from './offsets-cli.ts';
import { runCli } from './run-cli.ts';

describe('kmedic broker fault', () => {
  let cluster: EmbeddedCluster;
  const run = (...argv: string[]) => {
    const [, second] = cluster.brokers;
    return runCli(['broker', ...argv, '-b', `${second?.host}:${second?.port}`]);
  };
  const faults = async (...argv: string[]) =>
    faultsDocumentSchema.parse(JSON.parse((await run('fault', ...argv, '-o', 'json')).out));

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 });
  });
  afterAll(() => cluster.close());
  afterEach(() => cluster.clear());

  it('injects a fault, lists it with what remains, and clears it', async () => {
    const injected = await run('fault', 'slow-disk', 'delay=5ms', '--broker', '3', '--for', '1m', '--label', 'x');
    expect(injected.code).toBe(0);
    expect(injected.err).toContain('slow-disk on broker 3: What reads or writes logs queues up behind the disk');
    expect(injected.out).toMatch(/slow-disk +x +3 +for=1m,delay=5ms +(1m00s|\d+ s)/);
    const listed = await faults('list');
    expect(listed).toMatchObject({
      kind: 'faults',
      done: 'listed',
      faults: [
        { fault: 'slow-disk', label: 'x', brokers: [3], config: { broker: '3', name: 'kmedic.fault.slow-disk.x' } },
      ],
    });
    expect(listed.faults[0]?.remainingMs).toBeLessThanOrEqual(60_000);
    expect((await faults('clear', 'freeze')).faults).toHaveLength(1);
    expect((await faults('clear', '--broker', '2')).faults).toHaveLength(1);
    const cleared = await run('fault', 'clear', 'slow-disk', '--broker', '3');
    expect(cleared.err).toContain('cleared: slow-disk\nno faults are injected');
    expect(cleared.code).toBe(0);
    expect((await run('fault', 'clear')).err).toContain('nothing to clear');
  });

  it('the same fault again begins anew', async () => {
    const begin = ['skew-clock', 'by=+1h', '--broker', '2', '--for', '1m'];
    await faults(...begin);
    const left = () => cluster.faults()[0]?.leftMs ?? 0;
    // The same at every look, however late that comes, until the fault begins anew.
    const endsAt = () => Date.now() + left();
    for (const again of [1, 2]) {
      const before = endsAt();
      await expect.poll(left, { timeout: 30_000 }).toBeLessThan(59_900);
      expect((await faults(...begin)).faults).toHaveLength(1);
      await expect.poll(endsAt, { timeout: 30_000, message: `begun anew ${again}` }).toBeGreaterThan(before + 50);
    }
  });

  it('status lists them, and what is up', async () => {
    await run('fault', 'skew-clock', 'by=+1h', '--for', '1m');
    const { out, code } = await run('status');
    expect(out).toMatch(/1 +127\.0\.0\.1 +\d+ +- +(yes|no) +up/);
    expect(out).toMatch(/skew-clock +- +1,2,3 +for=1m,by=\+1h/);
    expect(code).toBe(0);
    const document = brokersDocumentSchema.parse(JSON.parse((await run('status', '-o', 'json')).out));
    expect(document).toMatchObject({ faults: [{ fault: 'skew-clock' }], errors: [] });
    expect(document.brokers.map(({ broker, status }) => [broker, status])).toEqual([1, 2, 3].map((id) => [id, 'up']));
    expect((await run('status', '-o', 'csv')).out).not.toContain('skew-clock');
  });

  it('a broker that is dead is started again through another one', async () => {
    expect((await run('fault', 'kill', '--broker', '3')).out).toMatch(/kill +- +3 +on +until cleared/);
    expect((await run('fault', 'clear')).err).toContain('cleared: kill');
    expect((await faults('list')).faults).toEqual([]);
  });

  it('what happens once has happened when it returns', async () => {
    const [, second] = cluster.brokers;
    const world = { bootstrap: `${second?.host}:${second?.port}`, state: 'none' };
    // The last one is asked to restart itself.
    for (const id of ['3', '2']) {
      const { code, err } = await runOffsets(world, ['broker', 'fault', 'restart', '--broker', id]);
      expect(err).toContain(`restart on broker ${id}: One step of a rolling restart`);
      expect(err).toContain('no faults are injected');
      expect(code).toBe(0);
    }
    await until('broker 2 is back', async () => (await run('status')).code === 0);
  });

  it('may be injected through the broker that it silences', async () => {
    const frozen = await run('fault', 'freeze', '--broker', '2', '--for', '5m');
    expect(frozen.out).toMatch(/freeze +- +2 +for=5m/);
    expect(frozen.code).toBe(0);
    await cluster.clear();
    // Of all brokers it is listed by one that is about to die, or by none: no failure either way.
    const killed = await run('fault', 'kill', '--for', '5m', '-o', 'json');
    const { done, faults: listed, errors } = faultsDocumentSchema.parse(JSON.parse(killed.out));
    expect({ code: killed.code, done, said: listed.length + errors.length }).toEqual({
      code: 0,
      done: 'injected',
      said: 1,
    });
    expect(cluster.faults()).toMatchObject([{ fault: 'kill' }]);
    await cluster.clear();
  });

  it('status knows the brokers that are stopped, too', async () => {
    await cluster.inject({ fault: 'stop', on: 3 });
    const { out, code } = await until('broker 3 is gone', async () => {
      const status = await run('status');
      return status.out.includes('fenced') && status;
    });
    expect(out).toMatch(/\n +2 +127\.0\.0\.1 +\d+ +- +(yes|no) +up\n +3 +127\.0\.0\.1 +\d+ +- +no +fenced\n/);
    expect(out).toMatch(/stop +- +3 +on +until cleared/);
    expect(code).toBe(0);
  });

  it.each([
    [['freze', '--for', '1s'], 2, 'did you mean kmedic broker fault freeze?'],
    [['freeze', '--broker', 'two', '--for', '1s'], 2, '--broker two: not a broker id'],
    [['freeze', '--broker', '9', '--for', '1s'], 2, 'No broker with id 9 found. There are 1, 2, 3.'],
    [['clear', 'freez'], 2, 'did you mean kmedic broker fault clear freeze?'],
    [['slow-disk', '--broker', '3'], 2, 'delay is missing. Accepted: delay=<duration> [for=<duration>]'],
    [['move-coordinator', 'group=g'], 2, '__consumer_offsets does not exist yet'],
  ])('refuses %j', async (argv, code, message) => {
    const refused = await run('fault', ...argv);
    expect(refused.err.toLowerCase()).toContain(message.toLowerCase());
    expect(refused.code).toBe(code);
    expect((await faults('list')).faults).toEqual([]);
  });

  it('every fault is in the help', async () => {
    const { out } = await runCli(['broker', 'fault', '--help']);
    for (const name of FAULT_NAMES) expect(out).toContain(`\n${name}`);
  });
});
