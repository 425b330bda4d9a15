import type { Drill } from '../drill.ts';
import { writeHistory } from '../history.ts';
import { changes, groupOf, isSteady } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'mailer';
/** What an instance can hold. */
const FITS = 150;

export const duplicates: Drill = {
  name: 'duplicates',
  title: 'the same records are processed again and again',
  page: 'customers get the same confirmation three, four, five times. It began when the mailer was behind after the weekend.',
  hints: [
    'Do the committed offsets move? And do the members stay the same? kmedic groups describe mailer',
    'A member that vanishes without leaving has crashed. What did it do between its last commit and its end?',
    'An instance can hold 150 records, and a poll gives it 400: set max.poll.records=50 in consumer.properties and save it.',
  ],
  cause:
    'an instance processes a poll, runs out of memory, and dies before it commits: the next one begins at the same offset',
  cluster: { topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=mailer',
        'max.poll.records=400',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        'session.timeout.ms=6000',
        'heartbeat.interval.ms=500',
        '# how many instances run, and how long the application needs for one record',
        'drill.instances=2',
        'drill.processing.ms=2',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC, crashAbove: FITS }),
    },
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 250, perPartition: [2, 2, 2] }),
  },
  begin: async ({ client }) => {
    const record = (offset: number) => ({ key: `o-${offset}`, value: `{"order":${offset}}` });
    const partitions = [0, 1, 2].map(() => ({ count: 6_000, committed: 1_000, record }));
    await writeHistory(client, { topic: TOPIC, group: GROUP, partitions });
  },
  visible: (view) => changes(view, GROUP) >= 3,
  repaired: (view) => isSteady(view, GROUP, 6) && (groupOf(view.latest, GROUP)?.commits.length ?? 0) > 0,
  expects: { leaves: ['DUP-03'], asks: [] },
};
