import type { Drill } from '../drill.ts';
import { writeRecords } from '../history.ts';
import { isReplicated, partitionsOf } from '../view.ts';

const TOPIC = 'archive';

export const offlinePartition: Drill = {
  name: 'offline-partition',
  title: 'a third of a topic cannot be reached',
  page: 'the archive answers two of three customers. For the third one every read and write times out since 03:12.',
  hints: [
    'Which partition has no leader? kmedic isr --offline',
    'Where are its replicas, and which of them are alive? How many replicas does the topic have?',
    'Its only replica is on broker 2: start it again with kmedic broker fault clear. Then think about the replication factor.',
  ],
  cause:
    'the topic has one replica per partition, and the broker that holds one of them was killed: nobody can lead it',
  cluster: {
    topics: [{ name: TOPIC, partitions: 3, replicationFactor: 1 }],
    config: { 'broker.session.timeout.ms': '2000' },
  },
  deployment: {},
  begin: async ({ cluster, client }) => {
    const record = (offset: number) => ({ key: `c-${offset}`, value: `{"case":${offset}}` });
    await writeRecords(
      client,
      TOPIC,
      [0, 1, 2].map(() => ({ count: 500, record })),
    );
    await cluster.inject({ fault: 'kill', on: 2 });
  },
  visible: ({ latest }) => partitionsOf(latest, TOPIC).some(({ leader }) => leader === null),
  repaired: ({ latest }) => isReplicated(latest),
  expects: { leaves: ['REP-03'], asks: [] },
};
