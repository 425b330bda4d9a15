import { CreateTopics, DeleteTopics } from '../../protocol/api/index.ts';
import { ErrorCode, errorName } from '../../protocol/errors.ts';
import type { Drill, Stage } from '../drill.ts';
import { commitOffsets, writeHistory, writeRecords } from '../history.ts';
import { committed, partitionsOf } from '../view.ts';
import { consumers, file } from './roles.ts';

const TOPIC = 'prices';
const GROUP = 'catalogue';
const PARTITIONS = 3;
const BEFORE = 5_000;
const SINCE = 40;

export const topicRecreated: Drill = {
  name: 'topic-recreated',
  title: 'new prices that nobody sees',
  page: 'prices was set up anew on Friday. Since then the catalogue has not taken over a single price, and reports no error.',
  hints: [
    'Where does the group go on, and where does the log end? kmedic lag catalogue',
    'How can a committed offset lie beyond the end of the log?',
    'The offsets belong to the topic that was deleted: kmedic offsets reset catalogue --to start --execute',
  ],
  cause:
    'the topic was deleted and created again, and the old offsets were restored from a backup: they lie far beyond the end of the new log',
  cluster: { topics: [{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=catalogue',
        'auto.offset.reset=latest',
        'enable.auto.commit=false',
        '# how many instances run',
        'drill.instances=0',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
  },
  begin: async (stage) => {
    const { client } = stage;
    const record = (offset: number) => ({ key: `p-${offset}`, value: `{"price":${offset}}` });
    const partitions = Array.from({ length: PARTITIONS }, () => ({ count: BEFORE, committed: BEFORE, record }));
    await writeHistory(client, { topic: TOPIC, group: GROUP, partitions });
    await recreate(stage);
    await writeRecords(
      client,
      TOPIC,
      partitions.map(() => ({ count: SINCE, record })),
    );
    await commitOffsets(client, { group: GROUP, topic: TOPIC, offsets: partitions.map(() => BEFORE) });
  },
  visible: ({ latest }) => beyondEnd(latest) > 0,
  repaired: ({ latest }) => beyondEnd(latest) === 0,
  expects: { leaves: ['COM-01'], asks: [] },
};

async function recreate({ client }: Stage): Promise<void> {
  const deleted = await client.call('any', DeleteTopics, { topics: [{ name: TOPIC }], timeoutMs: 10_000 });
  refuse(deleted.body.responses[0]?.errorCode);
  const topics = [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }];
  const created = await client.call('any', CreateTopics, { topics, timeoutMs: 10_000 });
  refuse(created.body.topics[0]?.errorCode);
}

function refuse(code: number = ErrorCode.NONE): void {
  if (code !== ErrorCode.NONE) throw new Error(`topic ${TOPIC}: ${errorName(code)}`);
}

function beyondEnd(snapshot: Parameters<typeof partitionsOf>[0]): number {
  return partitionsOf(snapshot, TOPIC).filter(({ partition, highWatermark }) => {
    const offset = committed(snapshot, GROUP, TOPIC, partition);
    return offset !== null && highWatermark !== null && offset > highWatermark;
  }).length;
}
