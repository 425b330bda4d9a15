import type { Drill } from '../drill.ts';
import { lagsOf } from '../view.ts';
import { consumers, file, producer } from './roles.ts';

const TOPIC = 'clicks';
const GROUP = 'sessions';
/** Unread records of the worst partition at which the others, which have next to none, make the difference plain. */
const HOT = 120;

export const hotPartition: Drill = {
  name: 'hot-partition',
  title: 'one part of the traffic is late, the rest is not',
  page: 'sessions of customers in Germany are minutes late; everybody else’s are on time. One instance is busy, two are bored.',
  hints: [
    'Which partitions have the lag? kmedic lag sessions',
    'What is the key of the records? Count them by key: producer.properties says which one it takes.',
    'A country is a key of few values, and one of them has most of the traffic: set drill.key=session and save the file.',
  ],
  cause: 'records are keyed by country: one partition gets most of them, and one partition is read by one member',
  cluster: { topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=sessions',
        'max.poll.records=5',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run, and how long the application needs for one record',
        'drill.instances=3',
        'drill.processing.ms=25',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': {
      text: file('# what the key of a record is: country or session', 'drill.key=country', 'acks=all'),
      clients: (settings, brokers) => [
        producer({
          clientId: 'web',
          brokers,
          topic: TOPIC,
          everyMs: 200,
          keyed:
            settings['drill.key'] === 'session'
              ? { unique: 16 }
              : [{ key: 'DE', records: 13 }, ...['AT', 'CH', 'FR'].map((key) => ({ key, records: 1 }))],
        }),
      ],
    },
  },
  begin: async () => undefined,
  visible: ({ latest }) => {
    const lags = [...lagsOf(latest, GROUP)].sort((a, b) => b - a);
    return (lags[0] ?? 0) > HOT && (lags[1] ?? 0) < HOT / 4;
  },
  repaired: ({ latest, settings }) =>
    settings('producer.properties')['drill.key'] === 'session' && lagsOf(latest, GROUP).every((lag) => lag < HOT / 2),
  expects: { leaves: ['BEH-12'], asks: [] },
};
