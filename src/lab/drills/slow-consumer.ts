import type { Drill } from '../drill.ts';
import { isSteady, totalLag } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'invoicing';

export const slowConsumer: Drill = {
  name: 'slow-consumer',
  title: 'a group that works all the time and falls behind all the same',
  page: 'invoices leave later and later: a minute ago they were seconds behind their orders. Nothing has crashed.',
  hints: [
    'Is the lag of every partition growing, and does every committed offset move? kmedic lag invoicing --watch',
    'Compare how many records come in and how many are committed in a second. Who could take more?',
    'There are 6 partitions and 2 instances: set drill.instances=6 in consumer.properties and save it.',
  ],
  cause:
    'two instances at 60 ms a record read 33 records a second, and 60 come in: more instances (up to one per partition) or less work per record',
  cluster: { topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=invoicing',
        'max.poll.records=5',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run, and how long the application needs for one record',
        'drill.instances=2',
        'drill.processing.ms=60',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 2, 2, 2, 2] }),
  },
  begin: async () => undefined,
  visible: ({ samples, latest }) => {
    const earlier = samples.at(-4);
    return (
      earlier !== undefined && totalLag(latest, GROUP) > 100 && totalLag(latest, GROUP) > totalLag(earlier, GROUP) + 20
    );
  },
  repaired: (view) => {
    const earlier = view.samples.at(-4);
    return (
      isSteady(view, GROUP, 4) && earlier !== undefined && totalLag(view.latest, GROUP) <= totalLag(earlier, GROUP)
    );
  },
  expects: { leaves: ['BEH-17'], asks: ['lag/consumer-cpu'] },
};
