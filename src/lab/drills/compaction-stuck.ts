import type { Drill } from '../drill.ts';
import { writeRecords } from '../history.ts';
import { partitionsOf } from '../view.ts';
import { file, traffic } from './roles.ts';

const TOPIC = 'profiles';
const USERS = 50;
const UPDATES = 20_000;
/** Of what was written at the start, as a share: what is left when the cleaner has been there. */
const CLEANED = 0.5;

export const compactionStuck: Drill = {
  name: 'compaction-stuck',
  title: 'a compacted topic that only grows',
  page: 'profiles has 50 users and takes longer to load every day: it holds twenty thousand records. It is a compacted topic.',
  hints: [
    'How big is the topic, and how many keys does it have? kmedic diagnose compaction -t profiles',
    'The cleaner never touches the active segment. When does this topic roll one?',
    'Set segment.ms=2000 in topic.properties and save it: the next record rolls the segment, and the cleaner gets the old one.',
  ],
  cause:
    'the topic is so small that its only segment never fills and never gets old enough to roll: the active segment is never compacted',
  cluster: {
    topics: [
      {
        name: TOPIC,
        partitions: 1,
        replicationFactor: 3,
        configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' },
      },
    ],
  },
  deployment: {
    'topic.properties': {
      text: file('# saving this file deploys it', 'segment.bytes=1073741824', 'segment.ms=604800000'),
      topic: TOPIC,
    },
    'producer.properties': traffic({
      clientId: 'accounts',
      topic: TOPIC,
      everyMs: 500,
      keyed: [
        { key: 'user-1', records: 1 },
        { key: 'user-2', records: 1 },
      ],
    }),
  },
  begin: async ({ client }) => {
    const record = (offset: number) => ({ key: `user-${offset % USERS}`, value: `{"version":${offset}}`.padEnd(80) });
    await writeRecords(client, TOPIC, [{ count: UPDATES, record }]);
  },
  visible: ({ samples, latest }) => {
    const [first] = samples;
    return bytesOf(first) > 0 && bytesOf(latest) >= bytesOf(first) * CLEANED;
  },
  repaired: ({ samples, latest }) => bytesOf(latest) < bytesOf(samples[0]) * CLEANED,
  expects: { leaves: ['CMP-06'], asks: [] },
};

function bytesOf(snapshot: Parameters<typeof partitionsOf>[0]): number {
  const [partition] = partitionsOf(snapshot, TOPIC);
  const leader = partition?.replicaLogs?.find(({ broker }) => broker === partition.leader);
  return leader?.bytes ?? 0;
}
