import { tmpdir } from 'node:os';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { type IsrDocument, isrDocumentSchema } from '../../src/health/isr-document.ts';
import { Metadata, Produce } from '../../src/protocol/api/index.ts';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { runOffsets } from '../cli/offsets-cli.ts';
import { createTopics } from '../create-topics.ts';
import { consoleProducer, runTool, spawnTool, TOOLS } from './harness.ts';
import { kafkaMissing } from './jars.ts';
import { RawClient } from './raw-client.ts';

/*
 * One chain from cause to cure, with unmodified clients: followers hang, alive, the ISR shrinks below min.insync.replicas,
 * producers are refused, the product and Kafka's tool show why, the followers heal, and nothing acknowledged is lost.
 */

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const TOPIC = 'payments';
const LAG_MAX_MS = 1500;
const DELIVERY_TIMEOUT_MS = 4000;

describe.skipIf(missing !== null).each(['4.3.1', '3.9.2'] as const)(
  'followers that hang, with the clients of Kafka %s',
  (version) => {
    let cluster: EmbeddedCluster;
    let bootstrap: string;
    let leader: string;
    /** Values that a producer was told are written. */
    const acknowledged: string[] = [];

    const isr = async (): Promise<IsrDocument['partitions'][number] | undefined> => {
      const { out } = await runOffsets({ bootstrap, state: tmpdir() }, ['isr', TOPIC, '-o', 'json']);
      return isrDocumentSchema.parse(JSON.parse(out)).partitions[0];
    };
    const underMinIsr = async (): Promise<string> => {
      const args = ['--bootstrap-server', bootstrap, '--describe', '--under-min-isr-partitions'];
      return (await runTool(version, TOOLS.topics, args)).stdout;
    };
    /** A line through Kafka's own console producer, acks=all; what it says on the way. */
    const javaProduces = (value: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const settings = [
          'acks=all',
          `delivery.timeout.ms=${DELIVERY_TIMEOUT_MS}`,
          'request.timeout.ms=1000',
          'linger.ms=0',
        ];
        const child = spawnTool(version, consoleProducer(version), [
          ...['--bootstrap-server', bootstrap, '--topic', TOPIC, '--sync'],
          // The tool of 3.9 retries three times only; producers retry until delivery.timeout.ms.
          ...['--message-send-max-retries', '2147483647'],
          ...settings.flatMap((setting) => ['--producer-property', setting]),
        ]);
        let said = '';
        child.stdout?.on('data', (text: Buffer) => {
          said += text;
        });
        child.stderr?.on('data', (text: Buffer) => {
          said += text;
        });
        child.once('error', reject).once('close', () => resolve(said));
        child.stdin?.end(`${value}\n`);
      });
    const kafkajsProduces = async (value: string): Promise<string> => {
      const client = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 } });
      const producer = client.producer();
      await producer.connect();
      try {
        await producer.send({ topic: TOPIC, acks: -1, messages: [{ value }] });
        acknowledged.push(value);
        return 'acknowledged';
      } catch (error) {
        return String(error);
      } finally {
        await producer.disconnect();
      }
    };
    /** What the leader answers on the wire. */
    const wireProduces = async (value: string, acks: -1 | 1): Promise<number | undefined> => {
      const client = await RawClient.open(leader);
      const records = encodeBatch({ timestamp: Date.now(), records: [{ value }] });
      const { responses } = await client.ask(Produce, 9, {
        ...{ acks, timeoutMs: 2000 },
        topicData: [{ name: TOPIC, partitionData: [{ index: 0, records }] }],
      });
      client.close();
      return responses[0]?.partitionResponses[0]?.errorCode;
    };
    const wireIsr = async (): Promise<readonly number[]> => {
      const client = await RawClient.open(leader);
      const { topics } = await client.ask(Metadata, 9, { topics: [{ name: TOPIC }] });
      client.close();
      return topics[0]?.partitions[0]?.isrNodes ?? [];
    };

    beforeAll(async () => {
      cluster = await startCluster({
        ...{ nodes: 3, port: version === '4.3.1' ? 22_120 : 22_130 },
        config: { 'replica.lag.time.max.ms': String(LAG_MAX_MS), 'replica.socket.timeout.ms': '3000' },
      });
      const addresses = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
      bootstrap = addresses.join(',');
      leader = addresses[0] ?? '';
      const admin = new Kafka({ brokers: addresses, logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await createTopics(admin, [
        {
          ...{ topic: TOPIC, numPartitions: -1, replicationFactor: -1 },
          replicaAssignment: [{ partition: 0, replicas: [1, 2, 3] }],
          configEntries: [{ name: 'min.insync.replicas', value: '2' }],
        },
      ]);
      await admin.disconnect();
    });
    afterAll(() => cluster.close());

    it('all is well', async () => {
      expect(await kafkajsProduces('before')).toBe('acknowledged');
      expect(await javaProduces('java before')).not.toMatch(/ERROR|Exception/);
      acknowledged.push('java before');
      expect(await isr()).toMatchObject({ verdict: 'OK', isr: [1, 2, 3] });
    });

    it('followers that get nothing for longer than replica.lag.time.max.ms leave the ISR, though they are alive', async () => {
      await cluster.inject({
        ...{ fault: 'cut-link', on: [2, 3], to: [1], only: 'replication' },
      });
      // Without writes nobody falls behind.
      expect(await wireProduces('hidden', 1)).toBe(ErrorCode.NONE);
      await expect.poll(wireIsr, { timeout: 60_000 }).toEqual([1]);
      expect(await isr()).toMatchObject({
        verdict: 'UNDER-MIN-ISR',
        leader: 1,
        isr: [1],
        minIsr: 2,
        underMinIsr: true,
      });
    });

    it('the wire says NOT_ENOUGH_REPLICAS, and kafkajs shows it', async () => {
      expect(await wireProduces('refused', -1)).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
      expect(await kafkajsProduces('refused, too')).toMatch(/fewer in-sync replicas than required/);
    });

    it('a Java producer hides it behind its delivery time-out', async () => {
      const said = await javaProduces('never written');
      expect(said).toMatch(/TimeoutException/);
      expect(said).toContain('ms has passed since batch creation');
      expect(said).not.toContain('NotEnoughReplicas');
    });

    it('acks=1 goes on, and what it writes is hidden: isr counts it', async () => {
      expect(await wireProduces('hidden, too', 1)).toBe(ErrorCode.NONE);
      expect((await isr())?.hidden).toBe(2);
    });

    it('kafka-topics lists the partition, and isr says what producers see of it', async () => {
      expect(await underMinIsr()).toMatch(/Topic: payments\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1(\t|\n)/);
      const { out, code } = await runOffsets({ bootstrap, state: tmpdir() }, ['isr', '--exit-code'], { columns: 160 });
      expect(out).toContain('1 partition refuses acks=all writes now');
      expect(out).toMatch(/Java.*TimeoutException.*delivery\.timeout\.ms/);
      expect(code).toBe(1);
    });

    it('heals: the ISR grows, producers go on, and everything acknowledged is there', async () => {
      await cluster.clear();
      await expect.poll(async () => [...(await wireIsr())].sort(), { timeout: 60_000 }).toEqual([1, 2, 3]);
      expect(await kafkajsProduces('after')).toBe('acknowledged');
      expect(await javaProduces('java after')).not.toMatch(/ERROR|Exception/);
      acknowledged.push('java after');
      expect(await isr()).toMatchObject({ verdict: 'OK', hidden: 0 });
      expect((await underMinIsr()).trim()).toBe('');
      const consumed = await runTool(version, TOOLS.consoleConsumer, [
        ...['--bootstrap-server', bootstrap, '--topic', TOPIC, '--from-beginning'],
        // What acks=1 wrote is among them.
        ...['--max-messages', String(acknowledged.length + 2)],
      ]);
      const seen = consumed.stdout.trim().split('\n');
      expect(seen).toEqual(['before', 'java before', 'hidden', 'hidden, too', 'after', 'java after']);
      expect(acknowledged.filter((value) => !seen.includes(value))).toEqual([]);
    });
  },
);
