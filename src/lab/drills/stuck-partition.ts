import type { Drill } from '../drill.ts';
import { writeHistory } from '../history.ts';
import { committed, isSteady } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'payments';
const PARTITION = 2;
const POISON = 1_207;
const COUNTS = [4_800, 4_780, 4_800] as const;

export const stuckPartition: Drill = {
  name: 'stuck-partition',
  title: 'one partition stands still while its owner is alive',
  page: 'a third of the payments has not been booked since the last deployment. Every instance is up and answers its health check.',
  hints: [
    'Which committed offset does not move, and who owns that partition? kmedic lag payments',
    'What is the record there? kmedic offsets peek payments orders:2',
    'Stop the instances (drill.instances=0), step over the record with kmedic offsets skip, and start them again (drill.instances=3).',
  ],
  cause:
    'the record at offset 1207 of orders-2 cannot be processed: the application tries it for ever, and keeps its membership',
  cluster: { topics: [{ name: TOPIC, partitions: COUNTS.length, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=payments',
        'max.poll.records=100',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run',
        'drill.instances=3',
      ),
      clients: (settings, brokers) =>
        consumers(settings, {
          brokers,
          group: GROUP,
          topic: TOPIC,
          stuckAt: { partition: PARTITION, offset: POISON },
        }),
    },
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 4] }),
  },
  begin: async ({ client }) => {
    const now = Date.now();
    await writeHistory(client, {
      topic: TOPIC,
      group: GROUP,
      partitions: COUNTS.map((count, partition) => ({
        count,
        committed: partition === PARTITION ? POISON - 7 : count,
        record: (offset) => ({
          key: `${partition}-${offset}`,
          value: offset === POISON && partition === PARTITION ? '{"order":' : `{"order":"${partition}-${offset}"}`,
          timestamp: now - (count - offset) * 100,
        }),
      })),
    });
  },
  visible: (view) => isSteady(view, GROUP, 3) && view.samples.slice(-3).every(isStuck),
  repaired: (view) => isSteady(view, GROUP, 3) && (committed(view.latest, GROUP, TOPIC, PARTITION) ?? 0) > POISON,
  expects: { leaves: ['BEH-09'], asks: [] },
};

function isStuck(snapshot: Parameters<typeof committed>[0]): boolean {
  return committed(snapshot, GROUP, TOPIC, PARTITION) === POISON;
}
