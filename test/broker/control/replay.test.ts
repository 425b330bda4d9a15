import { expect, it } from 'vitest';
import { pending } from '../../../src/broker/metadata/record.ts';
import { emptyImage, Replay, replay } from '../../../src/broker/metadata/replay.ts';

const TOPIC = 'CJPYJV2_O9q13beHhNtDwg';

const HISTORY = [
  pending('TopicRecord', { name: 't', topicId: TOPIC }),
  pending('PartitionRecord', {
    topicId: TOPIC,
    partitionId: 0,
    replicas: [1, 2],
    isr: [1],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: ['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAA'],
  }),
  pending('PartitionChangeRecord', {
    topicId: TOPIC,
    partitionId: 0,
    isr: [],
    leader: -1,
    eligibleLeaderReplicas: [2],
    lastKnownElr: [1],
  }),
  pending('ClearElrRecord', { topicName: 't' }),
];

it('a node that replays all of its log at once comes to the same image as one that was there', () => {
  let watched = emptyImage('cluster');
  for (const { record } of HISTORY) watched = replay(watched, [record]).image;
  const run = new Replay(emptyImage('cluster'));
  for (const [offset, { record }] of HISTORY.entries()) run.apply(offset, record);
  const { image } = run.finish();
  expect(image).toEqual(watched);
  expect(image.topics.get('t')?.partitions[0]).toMatchObject({ elr: [], lastKnownElr: [], partitionEpoch: 2 });
});
