import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { until } from '../until.ts';
import { runTool, TOOLS } from './harness.ts';
import { hasCommand, kafkaMissing } from './jars.ts';

/*
 * Faults are dynamic broker configs: Apache's own kafka-configs sets and clears them, and kcat sees what they do.
 */

const missing = kafkaMissing() ?? (hasCommand('kcat', '-V') ? null : 'kcat is not installed');
if (missing !== null) console.warn(`skipped: ${missing}`);

const run = promisify(execFile);

describe.skipIf(missing !== null)('faults, set by kafka-configs and seen by kcat', () => {
  let cluster: EmbeddedCluster;
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-faults-'));
  const settings = join(directory, 'admin.properties');
  const bootstrap = () => cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',');
  const configs = (...args: string[]) =>
    runTool('4.3.1', TOOLS.configs, [
      ...['--bootstrap-server', bootstrap(), '--command-config', settings, '--entity-type', 'brokers'],
      ...args,
    ]);
  const addressOf = (id: number) => {
    const broker = cluster.brokers.find((each) => each.id === id);
    return `${broker?.host}:${broker?.port}`;
  };
  /** Whether kcat gets metadata from a broker within two seconds. */
  const answers = async (id: number): Promise<boolean> => {
    try {
      await run('kcat', ['-L', '-b', addressOf(id), '-m', '2'], { timeout: 20_000 });
      return true;
    } catch {
      return false;
    }
  };
  beforeAll(async () => {
    // Java's admin client asks any broker, and the frozen one never answers: it must go on to another one within the tool's 30 s.
    writeFileSync(settings, 'request.timeout.ms=2000\n');
    cluster = await startCluster({ nodes: 3, topics: [{ name: 't', partitions: 1, replicationFactor: 3 }] });
  });
  afterEach(() => cluster.clear());
  afterAll(async () => {
    await cluster.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('freeze: kcat waits in vain, until the fault is deleted', async () => {
    expect(await answers(3)).toBe(true);
    // Java's clients send a broker's configs to that broker, which could not be asked to end its own freeze: what is set
    // for all brokers can say which one is meant.
    const value = 'kmedic.fault.freeze=[broker=3,for=10m]';
    const set = await configs('--alter', '--entity-default', '--add-config', value);
    expect(set.stdout).toContain('Completed updating default config for brokers in the cluster.');
    await until('frozen', async () => cluster.faults().length === 1);
    expect(await answers(3)).toBe(false);
    expect(await answers(1)).toBe(true);
    await configs('--alter', '--entity-default', '--delete-config', 'kmedic.fault.freeze');
    expect(await answers(3)).toBe(true);
  });

  it('error: a value with several parameters, described with what remains, and deleted again', async () => {
    const value = '[api=Produce,error=TOPIC_AUTHORIZATION_FAILED,for=10m]';
    const set = await configs('--alter', '--entity-default', '--add-config', `kmedic.fault.error=${value}`);
    expect(set.stdout).toContain('Completed updating default config for brokers in the cluster.');
    await until('in force', async () => cluster.faults().length === 1);
    await expect(produce()).rejects.toThrow(/authorization failed/i);
    const described = await configs('--describe', '--entity-default');
    expect(described.stdout).toMatch(
      /kmedic\.fault\.error=api=Produce,error=TOPIC_AUTHORIZATION_FAILED,for=10m,left=\dm[\dms]+/,
    );
    const deleted = await configs('--alter', '--entity-default', '--delete-config', 'kmedic.fault.error');
    expect(deleted.stdout).toContain('Completed updating default config for brokers in the cluster.');
    await produce();
    expect(cluster.faults()).toEqual([]);
  });

  it('one broker, and a duration alone: needs no brackets', async () => {
    const set = await configs('--alter', '--entity-name', '2', '--add-config', 'kmedic.fault.kill=10m');
    expect(set.stdout).toContain('Completed updating config for broker 2.');
    await until('dead', async () => !(await answers(2)));
    await cluster.clear();
    await until('back', () => answers(2));
  });

  it('a wrong fault is refused in words', async () => {
    const refused = await configs('--alter', '--entity-default', '--add-config', 'kmedic.fault.freze=1s');
    expect(refused.code).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('Did you mean kmedic.fault.freeze?');
  });

  /** One record by kcat. */
  function produce(): Promise<unknown> {
    const producing = run('kcat', ['-P', '-b', addressOf(1), '-t', 't', '-X', 'message.timeout.ms=10000'], {
      timeout: 30_000,
    });
    producing.child.stdin?.end('a\n');
    return producing;
  }
});
