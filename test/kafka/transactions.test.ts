import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedCluster, startCluster } from '../../src/broker/shell/index.ts';
import { Produce } from '../../src/protocol/api/index.ts';
import { encodeBatch } from '../../src/records/index.ts';
import { dumpLogSegments, runTool, TOOLS } from './harness.ts';
import { kafkaMissing } from './jars.ts';
import { RawClient } from './raw-client.ts';

/* A transaction that nobody ends, on the bundled broker: Apache's own tools find it, abort it, and read on. */

const missing = kafkaMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

const TRANSACTIONS = 'org.apache.kafka.tools.TransactionsCommand';

describe.skipIf(missing !== null).each(['4.3.1', '3.9.2'] as const)(
  'a hanging transaction, and Kafka %s',
  (version) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'kmedic-transactions-'));
    let cluster: EmbeddedCluster;
    let bootstrap: string;

    const transactions = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await runTool(version, TRANSACTIONS, ['--bootstrap-server', bootstrap, ...args]);
      return stdout + stderr;
    };
    const committed = async (count: number): Promise<string[]> => {
      const { stdout } = await runTool(version, TOOLS.consoleConsumer, [
        ...['--bootstrap-server', bootstrap, '--topic', 'ledger', '--from-beginning', '--max-messages', `${count}`],
        ...['--isolation-level', 'read_committed'],
      ]);
      return stdout.trim().split('\n');
    };

    beforeAll(async () => {
      const config = { 'transaction.partition.verification.enable': 'false' };
      cluster = await startCluster({
        ...{ nodes: 1, port: version === '4.3.1' ? 22_020 : 22_021, dataDir, config },
        topics: [{ name: 'ledger', partitions: 1 }],
      });
      bootstrap = `${cluster.brokers[0]?.host}:${cluster.brokers[0]?.port}`;
      const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      await producer.send({ topic: 'ledger', messages: [{ value: 'before' }] });
      const raw = await RawClient.open(bootstrap);
      const records = encodeBatch({
        ...{
          producerId: 4711,
          producerEpoch: 0,
          baseSequence: 0,
          isTransactional: true,
          timestamp: Date.now() - 3_600_000,
        },
        records: [{ value: 'never committed' }],
      });
      await raw.ask(Produce, 9, {
        ...{ transactionalId: 'lost', acks: -1, timeoutMs: 5000 },
        topicData: [{ name: 'ledger', partitionData: [{ index: 0, records }] }],
      });
      raw.close();
      await producer.send({ topic: 'ledger', messages: [{ value: 'behind' }] });
      await producer.disconnect();
    });
    afterAll(async () => {
      await cluster.close();
      rmSync(dataDir, { recursive: true, force: true });
    });

    it('is named by describe-producers', async () => {
      expect(await committed(1)).toEqual(['before']);
      const described = await transactions('describe-producers', '--topic', 'ledger', '--partition', '0');
      expect(described).toMatch(/^4711\s+0\s.*\s1\s*$/m);
    });

    it('is found by find-hanging: no coordinator knows it', async () => {
      const found = await transactions('find-hanging', '--topic', 'ledger', '--partition', '0');
      expect(found).toMatch(/^ledger\s+0\s+4711\s+0\s+-?\d+\s+1\s/m);
      expect(await transactions('list')).toMatch(/^TransactionalId\s+Coordinator\s+ProducerId\s+TransactionState\s*$/m);
    });

    it('is aborted, and readers go on without it', async () => {
      const aborted = await transactions('abort', '--topic', 'ledger', '--partition', '0', '--start-offset', '1');
      expect(aborted).not.toMatch(/Exception|Error/);
      expect(await committed(2)).toEqual(['before', 'behind']);
    });

    it('Apache reads the index and the marker', async () => {
      const file = (suffix: string) => join(dataDir, 'node-1', 'ledger-0', `00000000000000000000.${suffix}`);
      const { stdout } = await runTool(version, dumpLogSegments(version), [
        ...['--deep-iteration', '--files', `${file('log')},${file('txnindex')}`],
      ]);
      expect(stdout).toContain('endTxnMarker: ABORT');
      expect(stdout).toMatch(/producerId: 4711 firstOffset: 1 lastOffset: 3 lastStableOffset: 4/);
    });
  },
);
