import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { hasCommand } from '../kafka/jars.ts';
import { until } from '../until.ts';

const PYTHON = '/usr/bin/python3';
const run = promisify(execFile);

let cluster: EmbeddedCluster;
let bootstrap: string;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, topics: [{ name: 'orders', partitions: 4, replicationFactor: 1 }] });
  bootstrap = cluster.brokers.map(({ host, port }) => `${host}:${port}`).join();
});

afterAll(async () => {
  await cluster.close();
});

interface Event {
  readonly event: string;
  readonly owned?: readonly number[];
  readonly partitions?: readonly number[];
  readonly offsets?: readonly unknown[];
  readonly values?: readonly string[];
}

/** The id of a static member, which begins with its instance id. */
async function memberIdOf(groupId: string, instance: string): Promise<string | undefined> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([groupId]);
  await admin.disconnect();
  return groups[0]?.members.map(({ memberId }) => memberId).find((memberId) => memberId.startsWith(`${instance}-`));
}

/** A consumer in a python process. */
class PythonMember {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly events: Event[] = [];

  constructor(options: Readonly<Record<string, string | number | boolean>>) {
    const script = join(import.meta.dirname, 'groups.py');
    const settings = {
      'bootstrap.servers': bootstrap,
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      'session.timeout.ms': 6000,
      'heartbeat.interval.ms': 200,
      topic: 'orders',
      ...options,
    };
    this.#process = spawn(PYTHON, [script, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const stdout = this.#process.stdout;
    if (stdout === null) throw new Error('no pipe');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Gives an order and returns the event that answers it; rebalances on the way are kept in `events`. */
  async order(command: Readonly<Record<string, unknown>>, answer: string): Promise<Event> {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`the member ended before it ${answer}`);
      const event = JSON.parse(value) as Event;
      this.events.push(event);
      if (event.event === answer) return event;
    }
  }

  async owning(...partitions: readonly number[]): Promise<void> {
    await this.#having(`partitions ${partitions}`, (owned) => owned.join() === partitions.join());
  }

  /** Polls until the member has so many partitions, and says which. */
  async settled(count: number): Promise<readonly number[]> {
    return this.#having(`${count} partitions`, ({ length }) => length === count);
  }

  #having(what: string, holds: (owned: readonly number[]) => boolean): Promise<readonly number[]> {
    let owned: readonly number[] = [];
    return until(
      () => `the member has ${what}, not ${owned}`,
      async () => {
        owned = (await this.order({ do: 'wait', seconds: 0.2 }, 'waited')).owned ?? [];
        return holds(owned) && owned;
      },
      { everyMs: 0 },
    );
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    await this.order({ do: 'close' }, 'closed');
    await ended;
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }
}

const confluent = hasCommand(PYTHON, '-c', 'import confluent_kafka');

describe.skipIf(!confluent)('confluent-kafka (librdkafka)', () => {
  test('two members share the partitions, commit, and hand over', async () => {
    const one = new PythonMember({ 'group.id': 'pair' });
    await one.owning(0, 1, 2, 3);
    const two = new PythonMember({ 'group.id': 'pair' });
    // Who is given which half depends on the member ids, which are chance.
    const halves = await Promise.all([one.settled(2), two.settled(2)]);
    expect(halves.flat().toSorted()).toEqual([0, 1, 2, 3]);
    const [mine] = halves[1] ?? [];
    const committed = await two.order({ do: 'commit', offsets: [[mine, 5]] }, 'committed');
    expect(committed.offsets).toEqual([[mine, 5, null]]);
    await two.close();
    await one.owning(0, 1, 2, 3);
    const [others] = halves[0] ?? [];
    expect((await one.order({ do: 'committed', partitions: [mine, others] }, 'fetched')).offsets).toEqual([
      [mine, 5],
      [others, -1001],
    ]);
    await one.close();
  });

  test('a static member that comes back within its session has its partitions again, without a rebalance', async () => {
    const settings = { 'group.id': 'static', 'session.timeout.ms': 30_000, 'partition.assignment.strategy': 'range' };
    const other = new PythonMember({ ...settings, 'group.instance.id': 'a' });
    await other.owning(0, 1, 2, 3);
    const first = new PythonMember({ ...settings, 'group.instance.id': 'b' });
    const [lost = []] = await Promise.all([first.settled(2), other.settled(2)]);
    const rebalances = () => other.events.filter(({ event }) => event === 'assigned' || event === 'revoked').length;
    const [before, idBefore] = [rebalances(), await memberIdOf('static', 'b')];
    await first.kill();
    const back = new PythonMember({ ...settings, 'group.instance.id': 'b' });
    expect(await back.settled(2)).toEqual(lost);
    const idAfter = await memberIdOf('static', 'b');
    expect(idAfter).toMatch(/^b-/);
    expect(idAfter).not.toBe(idBefore);
    // Long enough for several heartbeats to tell of a rebalance.
    await other.order({ do: 'wait', seconds: 1 }, 'waited');
    expect(rebalances()).toBe(before);
    await Promise.all([back.close(), other.close()]);
  });

  test.each(['range', 'roundrobin', 'cooperative-sticky'])('the assignor %s', async (strategy) => {
    const settings = { 'group.id': `with-${strategy}`, 'partition.assignment.strategy': strategy };
    const one = new PythonMember(settings);
    await one.owning(0, 1, 2, 3);
    const two = new PythonMember(settings);
    const owned = async (member: PythonMember) =>
      (await member.order({ do: 'wait', seconds: 0.1 }, 'waited')).owned ?? [];
    await until('both have two partitions', async () => {
      const before = await owned(one);
      const theirs = await owned(two);
      const after = await owned(one);
      // The two cannot be asked at the same moment: what the one had before and after, it had meanwhile.
      const mine = before.filter((partition) => after.includes(partition));
      expect(mine.filter((partition) => theirs.includes(partition))).toEqual([]);
      return mine.length === 2 && theirs.length === 2;
    });
    await Promise.all([one.close(), two.close()]);
  });
});

describe.skipIf(!hasCommand('kcat', '-V'))('kcat', () => {
  test('reads as a group, commits, and goes on from there', async () => {
    const send = spawn('kcat', ['-b', bootstrap, '-P', '-t', 'orders', '-p', '0']);
    const sent = new Promise((resolve) => send.once('exit', resolve));
    send.stdin.end('one\ntwo\nthree\n');
    expect(await sent).toBe(0);
    const settings = ['-X', 'auto.offset.reset=earliest', '-X', 'session.timeout.ms=6000'];
    const read = async (count: number) => {
      const args = ['-q', '-b', bootstrap, ...settings, '-c', String(count), '-G', 'kcats', 'orders'];
      return (await run('kcat', args)).stdout.trim().split('\n');
    };
    expect(await read(2)).toEqual(['one', 'two']);
    expect(await read(1)).toEqual(['three']);
  });
});
