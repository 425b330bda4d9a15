import type { Drill } from '../drill.ts';
import { findCoordinator, writeHistory } from '../history.ts';
import { groupOf, isReplicated } from '../view.ts';

const TOPIC = 'orders';
const GROUP = 'loyalty';

export const coordinatorDown: Drill = {
  name: 'coordinator-down',
  title: 'one group cannot work, and its topic is fine',
  page: 'loyalty cannot start: its instances log that the group coordinator is not available. Other groups on the same topic work.',
  hints: [
    'Who coordinates the group, and does that broker answer? kmedic groups list',
    'A group belongs to one partition of __consumer_offsets; its leader is the coordinator. How many replicas does that topic have?',
    'Start the broker again: kmedic broker fault clear. Then give __consumer_offsets more than one replica.',
  ],
  cause:
    '__consumer_offsets has one replica, and the broker with the partition of this group is gone: there is no coordinator for it',
  cluster: {
    topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }],
    config: { 'offsets.topic.replication.factor': '1', 'broker.session.timeout.ms': '2000' },
  },
  deployment: {},
  begin: async ({ client, cluster }) => {
    const record = (offset: number) => ({ key: `o-${offset}`, value: `{"order":${offset}}` });
    const partitions = [0, 1, 2].map(() => ({ count: 1_000, committed: 1_000, record }));
    await writeHistory(client, { topic: TOPIC, group: GROUP, partitions });
    await writeHistory(client, { topic: TOPIC, group: 'invoicing', partitions });
    const coordinator = await findCoordinator(client, GROUP);
    if (typeof coordinator === 'number') throw new Error(`the group ${GROUP} has no coordinator yet`);
    await cluster.inject({ fault: 'kill', on: coordinator.nodeId });
  },
  visible: ({ latest }) =>
    latest.topics.some(({ internal, partitions }) => internal && partitions.some(({ leader }) => leader === null)),
  repaired: ({ latest }) => isReplicated(latest) && groupOf(latest, GROUP)?.problem === null,
  expects: { leaves: ['REP-02'], asks: [] },
};
