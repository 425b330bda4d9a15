import type { Drill, View } from '../drill.ts';
import { groupOf, isSteady, partitionsOf, totalLag } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'orders';
const GROUP = 'shipping';
/** Of the topic, and so the most members that can have work. */
const PARTITIONS = 3;

export const tooManyConsumers: Drill = {
  name: 'too-many-consumers',
  title: 'twice the instances, the same throughput',
  page: 'shipping falls behind. It was scaled from 3 to 6 instances, and is not one record per second faster.',
  hints: [
    'What does each member read? kmedic groups describe shipping',
    'A partition is read by one member of a group. How many partitions are there?',
    'More partitions would help (any Kafka client can add them; keys move). Or less work per record: drill.processing.ms=10 and drill.instances=3 in consumer.properties.',
  ],
  cause:
    'the topic has 3 partitions, and each is read by one member: the fourth, fifth and sixth have nothing to do, and the other three cannot keep up',
  cluster: { topics: [{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=shipping',
        'max.poll.records=5',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run, and how long the application needs for one record',
        'drill.instances=6',
        'drill.processing.ms=40',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [8, 8, 8] }),
  },
  begin: async () => undefined,
  visible: (view) => isSteady(view, GROUP, 3) && hasIdleMembers(view) && totalLag(view.latest, GROUP) > 150,
  repaired: (view) =>
    isSteady(view, GROUP, 4) &&
    !hasIdleMembers(view) &&
    totalLag(view.latest, GROUP) <= totalLag(view.samples.at(-4) ?? view.latest, GROUP),
  expects: { leaves: ['BEH-15'], asks: [] },
};

function hasIdleMembers({ latest }: View): boolean {
  return (groupOf(latest, GROUP)?.members.length ?? 0) > partitionsOf(latest, TOPIC).length;
}
