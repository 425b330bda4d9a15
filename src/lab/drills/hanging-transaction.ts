import { encodeBatch } from '../../records/index.ts';
import type { Drill, Stage } from '../drill.ts';
import { writeBatch, writeHistory } from '../history.ts';
import { partitionsOf, totalLag } from '../view.ts';
import { consumers, file, traffic } from './roles.ts';

const TOPIC = 'transfers';
const GROUP = 'ledger';
const PARTITION = 1;
const READ = 500;
/** Of the transaction that nobody will end. */
const PRODUCER_ID = 4_711;

export const hangingTransaction: Drill = {
  name: 'hanging-transaction',
  title: 'one partition stands still for some readers',
  page: 'the ledger has not booked a transfer of region 1 for a while. The monitoring tool reads the same topic and sees new transfers all the time.',
  hints: [
    'How far can the group read, and how far the monitoring tool? kmedic lag ledger --isolation read_committed',
    'Who began a transaction there and never ended it? kmedic diagnose -g ledger',
    'Abort it with kafka-transactions.sh abort, as the diagnosis says; or, without Kafka’s scripts, set drill.abort=yes in transaction.properties.',
  ],
  cause:
    'a producer began a transaction on transfers-1 and is gone, and its coordinator forgot it: the last stable offset stays there, and read_committed consumers read up to it',
  cluster: {
    topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }],
    // Such a batch is what Kafka before 3.6 accepted, and what this setting still lets through.
    config: { 'transaction.partition.verification.enable': 'false' },
  },
  deployment: {
    'consumer.properties': {
      text: file(
        '# saving this file deploys it',
        'group.id=ledger',
        'isolation.level=read_committed',
        'max.poll.records=50',
        'enable.auto.commit=false',
        'auto.offset.reset=earliest',
        '# how many instances run',
        'drill.instances=1',
      ),
      clients: (settings, brokers) => consumers(settings, { brokers, group: GROUP, topic: TOPIC }),
    },
    'producer.properties': traffic({ clientId: 'bank', topic: TOPIC, everyMs: 200, perPartition: [2, 2, 2] }),
    'transaction.properties': {
      text: file('# yes: the open transaction is aborted', 'drill.abort=no'),
      clients: (settings, brokers) =>
        settings['drill.abort'] === 'yes'
          ? [
              {
                kind: 'aborter',
                clientId: 'operator',
                brokers,
                topic: TOPIC,
                partition: PARTITION,
                producerId: PRODUCER_ID,
              },
            ]
          : [],
    },
  },
  begin: openTransaction,
  visible: (view) => isBlocked(view.latest) && totalLag(view.latest, GROUP) > 20,
  repaired: (view) => !isBlocked(view.latest),
  expects: { leaves: ['TXN-01'], asks: [] },
};

async function openTransaction({ client }: Stage): Promise<void> {
  const record = (offset: number) => ({ key: `t-${offset}`, value: `{"transfer":${offset}}` });
  const partitions = [0, 1, 2].map(() => ({ count: READ, committed: READ, record }));
  await writeHistory(client, { topic: TOPIC, group: GROUP, partitions });
  const { body } = await client.metadata([TOPIC]);
  const at = body.topics
    .flatMap((topic) => topic.partitions)
    .find(({ partitionIndex }) => partitionIndex === PARTITION);
  const batch = encodeBatch({
    records: [{ key: 't-1', value: '{"transfer":1}', timestamp: Date.now() }],
    producerId: PRODUCER_ID,
    producerEpoch: 0,
    baseSequence: 0,
    isTransactional: true,
  });
  await writeBatch(client, at?.leaderId ?? -1, TOPIC, PARTITION, batch);
}

function isBlocked(snapshot: Parameters<typeof partitionsOf>[0]): boolean {
  const partition = partitionsOf(snapshot, TOPIC).find((each) => each.partition === PARTITION);
  const { lastStableOffset = null, highWatermark = null } = partition ?? {};
  return lastStableOffset !== null && highWatermark !== null && lastStableOffset < highWatermark;
}
