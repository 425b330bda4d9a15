import type { Drill } from '../drill.ts';
import { isReplicated, partitionsOf } from '../view.ts';
import { traffic } from './roles.ts';

const TOPIC = 'orders';
const MIN_ISR = 2;

export const underMinIsr: Drill = {
  name: 'under-min-isr',
  title: 'reading works, writing does not',
  page: 'checkout is down: orders cannot be placed. The application logs time-outs when it sends; reading still works.',
  hints: [
    'What do the partitions say to a producer with acks=all? kmedic isr',
    'How many replicas are in sync, and how many does min.insync.replicas ask for? Which brokers are missing?',
    'Bring the brokers back: kmedic broker fault clear. Lowering min.insync.replicas would give up what it protects.',
  ],
  cause:
    'brokers 2 and 3 do not replicate: one replica is left in sync, min.insync.replicas is 2, and acks=all is refused with NOT_ENOUGH_REPLICAS (a Java producer shows only its delivery time-out)',
  cluster: {
    topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3, configs: { 'min.insync.replicas': String(MIN_ISR) } }],
    config: { 'replica.lag.time.max.ms': '1500' },
  },
  deployment: {
    'producer.properties': traffic({ clientId: 'shop', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 2] }),
  },
  // Behind their leaders, alive for the controllers: a majority of three that has lost two would elect nobody.
  begin: async ({ cluster }) => {
    await cluster.inject({ fault: 'cut-link', on: [2, 3], to: ['nodes'], only: 'replication' });
  },
  visible: ({ latest }) => {
    const partitions = partitionsOf(latest, TOPIC);
    return partitions.length > 0 && partitions.every(({ isr }) => isr.length < MIN_ISR);
  },
  repaired: ({ latest, faults }) => faults.length === 0 && isReplicated(latest),
  expects: { leaves: ['REP-09'], asks: [] },
};
