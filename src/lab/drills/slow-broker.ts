import type { Drill } from '../drill.ts';
import { isReplicated } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'shipping';

export const slowBroker: Drill = {
  name: 'slow-broker',
  title: 'a third of all requests takes for ever',
  page: 'every third order takes half a second and more to be placed. No errors, no alarms, and all brokers are up.',
  hints: [
    'How long does each broker take to answer? kmedic broker status',
    'One broker answers half a second later than the others. What do the partitions have in common that are slow?',
    'On this cluster the delay is a fault: kmedic broker fault clear',
  ],
  cause:
    'broker 2 answers every request half a second late: whatever it leads is slow, and nothing is wrong with its replicas',
  cluster: { topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=shipping',
        'max.poll.records=50',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run',
        'drill.instances=2',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 300, perPartition: [1, 1, 1, 1, 1, 1] }),
  },
  begin: async ({ cluster }) => {
    await cluster.inject({ fault: 'delay-response', on: 2, delay: 500 });
  },
  visible: ({ latest, faults }) => faults.length > 0 && isReplicated(latest),
  repaired: ({ latest, faults }) => faults.length === 0 && isReplicated(latest),
  expects: { leaves: ['BRK-01'], asks: [] },
};
