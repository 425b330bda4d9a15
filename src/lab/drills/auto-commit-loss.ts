import type { Drill } from '../drill.ts';
import { isSteady, totalLag } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'warehouse';
/** What the application needs longer for than a poll lasts. */
const CATCHING_UP = 200;

export const autoCommitLoss: Drill = {
  name: 'auto-commit-loss',
  title: 'no lag, no errors, and records missing downstream',
  page: 'the warehouse misses 214 orders of this morning. Kafka shows no lag, and nobody sees an error.',
  hints: [
    'Look at the lag and at the group: what of the incident can Kafka show, and what not?',
    'The offset is committed. Before or after the order was in the warehouse? consumer.properties tells.',
    'Set enable.auto.commit=false in consumer.properties: then the client commits what it has processed, and save it.',
  ],
  cause:
    'offsets are committed automatically while the application still works on the records: when it is restarted, what it held is lost',
  cluster: { topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=warehouse',
        'max.poll.records=50',
        'enable.auto.commit=true',
        'auto.commit.interval.ms=1000',
        'auto.offset.reset=earliest',
        '# how many instances run, and how long the application needs for one record',
        'drill.instances=3',
        'drill.processing.ms=5',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [3, 3, 3] }),
  },
  begin: async () => undefined,
  visible: (view) =>
    isAutomatic(view.settings) && isSteady(view, GROUP, 3) && totalLag(view.latest, GROUP) < CATCHING_UP,
  repaired: (view) => !isAutomatic(view.settings) && isSteady(view, GROUP, 3),
  expects: { leaves: [], asks: ['loss/auto-commit'], tree: 'loss' },
};

function isAutomatic(settings: (file: string) => Readonly<Record<string, string>>): boolean {
  return settings('consumer.properties')['enable.auto.commit'] !== 'false';
}
