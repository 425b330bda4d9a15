import { afterEach, describe, expect, it } from 'vitest';
import '../../src/client/kafkajs-channel.ts';
import type { Drill } from '../../src/lab/drill.ts';
import { consumers, file, traffic } from '../../src/lab/drills/roles.ts';
import { writeHistory } from '../../src/lab/history.ts';
import { type RunningDrill, startDrill } from '../../src/lab/start-drill.ts';
import { groupOf, isReplicated, isSteady, totalLag } from '../../src/lab/view.ts';
import { runBin } from '../e2e/run-bin.ts';

/** Clusters on which nothing is wrong: a diagnosis that finds something there would be believed nowhere. */
const TOPIC = 'orders';
const GROUP = 'invoicing';

const NOTHING = {
  title: 'nothing is wrong',
  page: 'nobody was called',
  hints: [],
  cause: 'nothing',
  cluster: { topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }] },
  repaired: () => true,
  expects: { leaves: [], asks: [] },
} satisfies Partial<Drill>;

const BUSY: Drill = {
  ...NOTHING,
  name: 'healthy-busy',
  deployment: {
    'consumer.properties': {
      text: file(
        'max.poll.records=50',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        'drill.instances=3',
        'drill.processing.ms=1',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({
      clientId: 'shop',
      topic: TOPIC,
      everyMs: 200,
      perPartition: [8, 9, 10, 8, 9, 10],
    }),
  },
  begin: async () => undefined,
  visible: (view) =>
    isSteady(view, GROUP, 3) && groupOf(view.latest, GROUP)?.commits.length === 6 && totalLag(view.latest, GROUP) < 100,
};

const IDLE: Drill = {
  ...NOTHING,
  name: 'healthy-idle',
  deployment: {},
  begin: async ({ client }) => {
    const record = (offset: number) => ({ key: `o-${offset}`, value: `{"order":${offset}}` });
    const partitions = Array.from({ length: 6 }, () => ({ count: 500, committed: 500, record }));
    await writeHistory(client, { topic: TOPIC, group: GROUP, partitions });
  },
  visible: ({ latest }) => isReplicated(latest) && groupOf(latest, GROUP) !== undefined,
};

let running: RunningDrill | undefined;
afterEach(() => running?.close());

describe('a healthy cluster', () => {
  it.each([BUSY, IDLE])('$name: no fault is found', { timeout: 180_000 }, async (drill) => {
    running = await startDrill(drill, { nodes: 3, port: 0 });
    const bootstrap = `127.0.0.1:${running.cluster.brokers[0]?.port}`;
    const { code, out, err } = await runBin(['diagnose', '--no-input', '-o', 'json', '-b', bootstrap]);
    const { verdicts } = JSON.parse(out) as { verdicts: readonly { leaf: string; outcome: string; cause: string }[] };
    expect({ code, faults: verdicts.filter(({ outcome }) => outcome === 'fault'), err }).toEqual({
      code: 0,
      faults: [],
      err: '',
    });
  });
});
