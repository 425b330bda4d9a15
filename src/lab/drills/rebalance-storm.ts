import type { Drill } from '../drill.ts';
import { changes, isSteady } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'order-processing';

/** The post-mortem, in seconds rather than minutes: a poll takes longer to process than max.poll.interval.ms allows. */
export const rebalanceStorm: Drill = {
  name: 'rebalance-storm',
  title: 'a group that stops, works, and stops again',
  page: 'orders are processed in bursts: nothing for seconds, then a few, then nothing again. All 4 instances are up.',
  hints: [
    'Watch the group for ten seconds: kmedic groups describe order-processing. Do the member ids stay the same?',
    'Who leaves, and how long after it joined? Compare with max.poll.interval.ms in consumer.properties.',
    'One instance needs 20 ms for each of max.poll.records records: lower max.poll.records to 50 and save the file.',
  ],
  cause:
    'one instance needs 4 s for a poll of 200 records, and max.poll.interval.ms is 1.5 s: its client leaves the group, finishes, and joins again, and each time everybody rebalances',
  cluster: { topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=order-processing',
        'max.poll.interval.ms=1500',
        'max.poll.records=200',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        'session.timeout.ms=10000',
        'heartbeat.interval.ms=300',
        '# how many instances run, and how long the application needs for one record',
        'drill.instances=4',
        'drill.processing.ms=5',
        '# the instance whose enrichment service is far away',
        'drill.slow.processing.ms=20',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({
      clientId: 'shop',
      topic: TOPIC,
      everyMs: 250,
      perPartition: [40, 40, 40, 40, 40, 40],
    }),
  },
  begin: async () => undefined,
  visible: (view) => changes(view, GROUP) >= 3,
  repaired: (view) => isSteady(view, GROUP, 10),
  expects: { leaves: ['REB-01'], asks: [] },
};
