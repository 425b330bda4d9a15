import type { Drill } from '../drill.ts';
import { isReplicated, partitionsOf } from '../view.ts';
import { traffic } from './roles.ts';

const TOPIC = 'orders';

export const brokerDown: Drill = {
  name: 'broker-down',
  title: 'one machine is gone',
  page: 'host kafka-3 does not answer. Orders still come in. What is at risk, and can kafka-2 be restarted for its update?',
  hints: [
    'What is left of every partition? kmedic isr',
    'What if the next one stops? kmedic isr can-restart 2',
    'Start the broker again: kmedic broker fault clear',
  ],
  cause:
    'broker 3 was killed: every partition has two replicas left in sync, and min.insync.replicas is 2, so one more loss stops acks=all writes',
  cluster: {
    topics: [{ name: TOPIC, partitions: 6, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }],
    config: { 'replica.lag.time.max.ms': '1500', 'broker.session.timeout.ms': '2000' },
  },
  deployment: {
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 2, 2, 2, 2] }),
  },
  begin: async ({ cluster }) => {
    await cluster.inject({ fault: 'kill', on: 3 });
  },
  visible: ({ latest }) => {
    const partitions = partitionsOf(latest, TOPIC);
    return partitions.length > 0 && partitions.every(({ isr, leader }) => leader !== null && !isr.includes(3));
  },
  repaired: ({ latest }) => isReplicated(latest),
  expects: { leaves: ['REP-06'], asks: [] },
};
