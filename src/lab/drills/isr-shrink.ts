import type { Drill } from '../drill.ts';
import { isReplicated, partitionsOf } from '../view.ts';
import { traffic } from './roles.ts';

const TOPIC = 'orders';

export const isrShrink: Drill = {
  name: 'isr-shrink',
  title: 'a broker that is up, and yet not in sync',
  page: 'replication alarm: partitions have been short of in-sync replicas for a minute. All three brokers are up.',
  hints: [
    'Which replica is missing, and is it the same broker everywhere? kmedic isr',
    'The broker is up and answers. Does it fetch? Its link to the leaders is what to look at: kmedic broker status',
    'On this cluster the network is a fault: kmedic broker fault clear',
  ],
  cause:
    'broker 3 cannot reach the leaders for replication, although clients and controllers reach it: after replica.lag.time.max.ms it leaves every ISR',
  cluster: {
    topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3, configs: { 'min.insync.replicas': '1' } }],
    config: { 'replica.lag.time.max.ms': '1500' },
  },
  deployment: {
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 2, 2, 2, 2] }),
  },
  begin: async ({ cluster }) => {
    await cluster.inject({ fault: 'cut-link', on: 3, to: ['nodes'], only: 'replication' });
  },
  visible: ({ latest }) => {
    const led = partitionsOf(latest, TOPIC).filter(({ leader }) => leader !== 3);
    return led.length > 0 && led.every(({ isr }) => !isr.includes(3));
  },
  repaired: ({ latest, faults }) => faults.length === 0 && isReplicated(latest),
  expects: { leaves: ['REP-08'], asks: [] },
};
