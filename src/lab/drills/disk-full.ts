import type { Drill } from '../drill.ts';
import { isReplicated } from '../view.ts';
import { traffic } from './roles.ts';

const TOPIC = 'orders';

export const diskFull: Drill = {
  name: 'disk-full',
  title: 'a broker that lost its disk and stayed up',
  page: 'replication alarm on every topic, and broker 2 leads nothing any more. The process is running.',
  hints: [
    'What does the broker say about its log directory? kmedic cluster',
    'A broker whose only log directory failed serves nothing from it until it is started again, with room on the disk.',
    'Make room and restart it: kmedic broker fault clear --broker 2, then kmedic broker fault restart --broker 2',
  ],
  cause:
    'the disk of broker 2 was full: its log directory went offline, and stays so until the broker is started again',
  cluster: {
    topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }],
    config: { 'replica.lag.time.max.ms': '1500', 'broker.session.timeout.ms': '2000' },
  },
  deployment: {
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 2, 2, 2, 2] }),
  },
  begin: async ({ cluster }) => {
    await cluster.inject({ fault: 'disk-full', on: 2, jbod: 'yes' });
  },
  visible: ({ latest }) => latest.brokers.some(({ logDirs }) => logDirs?.some(({ error }) => error !== null)),
  repaired: ({ latest }) => isReplicated(latest),
  expects: { leaves: ['DSK-02'], asks: ['disk/why-offline'] },
};
