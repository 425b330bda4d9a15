import { DeleteRecords } from '../../protocol/api/index.ts';
import type { Drill } from '../drill.ts';
import { writeHistory } from '../history.ts';
import { committed, partitionsOf } from '../view.ts';
import { consumers, file } from './roles.ts';

const TOPIC = 'events';
const GROUP = 'reporting';
const PARTITIONS = 3;
const WRITTEN = 6_000;
const READ = 500;
/** What is left of each partition begins here. */
const KEPT_FROM = 4_000;

export const retentionOvertakesConsumer: Drill = {
  name: 'retention-overtakes-consumer',
  title: 'a report that starts again in the middle',
  page: 'reporting was off over the weekend. Before it is started again somebody should check that it will not skip anything.',
  hints: [
    'Where does the group go on, and where does the log begin? kmedic lag reporting',
    'Some records are gone for good. Which offsets would be read next, and what does auto.offset.reset make of it?',
    'Set the offsets to where the log begins: kmedic offsets reset reporting --to start --execute',
  ],
  cause: 'retention deleted records that the group had not read: its committed offset lies before the start of the log',
  cluster: { topics: [{ name: TOPIC, partitions: PARTITIONS, replicationFactor: 3 }] },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=reporting',
        'max.poll.records=100',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run',
        'drill.instances=0',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
  },
  begin: async ({ client }) => {
    const partitions = Array.from({ length: PARTITIONS }, () => ({
      count: WRITTEN,
      committed: READ,
      record: (offset: number) => ({ key: `e-${offset}`, value: `{"event":${offset}}` }),
    }));
    await writeHistory(client, { topic: TOPIC, group: GROUP, partitions });
    const { body } = await client.metadata([TOPIC]);
    const led = body.topics.flatMap((topic) => topic.partitions);
    await Promise.all(
      led.map(async ({ leaderId, partitionIndex }) => {
        const topics = [{ name: TOPIC, partitions: [{ partitionIndex, offset: KEPT_FROM }] }];
        await client.call(leaderId, DeleteRecords, { topics, timeoutMs: 10_000 });
      }),
    );
  },
  visible: ({ latest }) => behindStart(latest) > 0,
  repaired: ({ latest }) => behindStart(latest) === 0,
  expects: { leaves: ['COM-03'], asks: [] },
};

function behindStart(snapshot: Parameters<typeof partitionsOf>[0]): number {
  return partitionsOf(snapshot, TOPIC).filter(({ partition, start }) => {
    const offset = committed(snapshot, GROUP, TOPIC, partition);
    return offset !== null && start !== null && offset < start;
  }).length;
}
