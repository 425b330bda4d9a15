import type { Drill, View } from '../drill.ts';
import { writeRecords } from '../history.ts';
import { partitionsOf } from '../view.ts';
import { file, traffic } from './roles.ts';

const TOPIC = 'profiles';
const USERS = 50;
const UPDATES = 20_000;
/** Of what was written at the start, as a share: what is left when the cleaner has been there. */
const CLEANED = 0.5;
/** A topic that rolls a segment so often will be compacted; nobody has to watch it. */
const HOUR_MS = 3_600_000;

export const compactionStuck: Drill = {
  name: 'compaction-stuck',
  title: 'a compacted topic that only grows',
  page: 'profiles has 50 users and takes longer to load every day: it holds twenty thousand records. It is a compacted topic.',
  hints: [
    'How big is the topic, and how many keys does it have? kmedic diagnose compaction -t profiles',
    'The cleaner never touches the active segment. When does this topic roll one?',
    'Set segment.ms to an hour or less, in topic.properties or with kafka-configs.sh: the next record after that time rolls the segment, and the cleaner gets the old one. With 2000 you see it happen.',
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
  visible: (view) => bytesOf(view.samples[0]) > 0 && !isCleaned(view) && !rollsSoon(view),
  repaired: (view) => isCleaned(view) || rollsSoon(view),
  expects: { leaves: ['CMP-06'], asks: [] },
};

const isCleaned = ({ samples, latest }: View): boolean => bytesOf(latest) < bytesOf(samples[0]) * CLEANED;

const rollsSoon = ({ settings }: View): boolean => Number(settings('topic.properties')['segment.ms']) <= HOUR_MS;

function bytesOf(snapshot: Parameters<typeof partitionsOf>[0]): number {
  const [partition] = partitionsOf(snapshot, TOPIC);
  const leader = partition?.replicaLogs?.find(({ broker }) => broker === partition.leader);
  return leader?.bytes ?? 0;
}
