import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import '../../src/client/kafkajs-channel.ts';
import type { Drill } from '../../src/lab/drill.ts';
import { brokerDown } from '../../src/lab/drills/broker-down.ts';
import { compactionStuck } from '../../src/lab/drills/compaction-stuck.ts';
import { hiddenCommitter } from '../../src/lab/drills/hidden-committer.ts';
import { retentionOvertakesConsumer } from '../../src/lab/drills/retention-overtakes-consumer.ts';
import { type RunningDrill, startDrill } from '../../src/lab/start-drill.ts';
import { runBin } from '../e2e/run-bin.ts';

/** The ways to repair: a file of the deployment, a fault that is cleared, a command of kmedic itself, any other client. */
const REPAIRS: readonly { readonly drill: Drill; readonly repair: (running: RunningDrill) => Promise<unknown> }[] = [
  {
    drill: hiddenCommitter,
    repair: ({ deployment }) => deployment.deploy('job.properties', 'group.id=billing\ndrill.job=off\n'),
  },
  { drill: brokerDown, repair: ({ cluster }) => cluster.clear() },
  {
    drill: retentionOvertakesConsumer,
    repair: ({ cluster: { brokers } }) =>
      runBin(['offsets', 'reset', 'reporting', '--to', 'start', '--execute', '-b', `127.0.0.1:${brokers[0]?.port}`]),
  },
  {
    drill: compactionStuck,
    repair: async ({ cluster: { brokers } }) => {
      const kafka = new Kafka({ brokers: [`127.0.0.1:${brokers[0]?.port}`], logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await admin.connect();
      const configEntries = [{ name: 'segment.ms', value: '3600000' }];
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: 'profiles', configEntries }];
      await admin.alterConfigs({ validateOnly: false, resources });
      await admin.disconnect();
    },
  },
];

describe.concurrent('a drill notices its repair, and not before', () => {
  it.each(REPAIRS)('$drill.name', { timeout: 180_000 }, async ({ drill, repair }) => {
    const running = await startDrill(drill, { nodes: 3, port: 0 });
    try {
      const before = new AbortController();
      const early = running.repaired(before.signal);
      setTimeout(() => before.abort(), 5_000);
      expect(await early).toBe(false);
      await repair(running);
      expect(await running.repaired(new AbortController().signal)).toBe(true);
    } finally {
      await running.close();
    }
  });
});
