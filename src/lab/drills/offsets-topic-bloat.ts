import type { Drill } from '../drill.ts';
import { commitOffsets } from '../history.ts';
import { groupOf } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'telemetry';
const GROUP = 'dashboards';

export const offsetsTopicBloat: Drill = {
  name: 'offsets-topic-bloat',
  title: 'a disk that fills although the topics are small',
  page: 'disk usage of all brokers grows steadily. The telemetry topic is small and has short retention; nobody knows what takes the space.',
  hints: [
    'Which partitions take the space? kmedic cluster',
    '__consumer_offsets should be compacted, and somebody must write a lot to it. How is it configured, and which group commits most?',
    'Set cleanup.policy=compact in offsets-topic.properties, and drill.commit=each-poll in consumer.properties.',
  ],
  cause:
    'somebody set cleanup.policy=delete on __consumer_offsets, so no old commit is ever compacted away, and the group dashboards commits behind every single record',
  cluster: { topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=dashboards',
        'max.poll.records=100',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run, and when they commit: each-record or each-poll',
        'drill.instances=2',
        'drill.commit=each-record',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({
      clientId: 'sensors',
      topic: TOPIC,
      everyMs: 200,
      perPartition: [6, 6, 6],
      acks: 1,
    }),
    'offsets-topic.properties': { text: file('cleanup.policy=delete'), topic: '__consumer_offsets' },
  },
  // The offsets topic is there as soon as somebody has committed.
  begin: ({ client }) => commitOffsets(client, { group: GROUP, topic: TOPIC, offsets: [0, 0, 0] }),
  visible: (view) =>
    view.settings('offsets-topic.properties')['cleanup.policy'] === 'delete' &&
    (groupOf(view.latest, GROUP)?.commits.length ?? 0) > 0 &&
    view.samples.length > 8,
  repaired: ({ settings }) =>
    settings('offsets-topic.properties')['cleanup.policy'] === 'compact' &&
    settings('consumer.properties')['drill.commit'] !== 'each-record',
  expects: { leaves: ['OFF-01'], asks: [] },
};
