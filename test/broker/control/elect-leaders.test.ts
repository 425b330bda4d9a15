import { expect, test } from 'vitest';
import { electLeaders } from '../../../src/broker/controller/elect-leaders.ts';
import { pending } from '../../../src/broker/metadata/record.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { Scene } from './scene.ts';

const TOPIC_ID = 'AAAAAAAAAAEAAAAAAAAAAg';
const PREFERRED = 0;
const UNCLEAN = 1;

/** Partition 0 is led by its second replica, 1 by nobody, 2 by its preferred one, 3 has its preferred one out of the ISR. */
function scene(): Scene {
  const made = new Scene(3);
  const partition = (partitionId: number, isr: number[], leader: number) =>
    pending('PartitionRecord', { topicId: TOPIC_ID, partitionId, replicas: [1, 2, 3], isr, leader, leaderEpoch: 4 });
  made.apply([
    pending('TopicRecord', { name: 't', topicId: TOPIC_ID }),
    ...[partition(0, [1, 2], 2), partition(1, [9], -1), partition(2, [1], 1), partition(3, [2], 2)],
  ]);
  return made;
}

function elected(made: Scene, electionType: number, partitions: number[] | null): Record<number, number> {
  const topicPartitions = partitions === null ? null : [{ topic: 't', partitions }];
  const { response, records } = electLeaders(made.view, { electionType, topicPartitions, timeoutMs: 1000 });
  made.apply(records);
  const results = response.replicaElectionResults?.flatMap(({ partitionResult }) => partitionResult ?? []) ?? [];
  return Object.fromEntries(results.map(({ partitionId, errorCode }) => [partitionId ?? -1, errorCode ?? 0]));
}

const leaders = (made: Scene) => made.image.topics.get('t')?.partitions.map(({ leader }) => leader);

test('preferred leaders are elected where they can, and nothing else changes', () => {
  const made = scene();
  expect(elected(made, PREFERRED, [0, 2, 3, 7])).toEqual({
    0: ErrorCode.NONE,
    2: ErrorCode.ELECTION_NOT_NEEDED,
    3: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
    7: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  });
  expect(leaders(made)).toEqual([1, -1, 1, 2]);
});

test('unclean elections give a leader only to those without one, whatever the topic allows', () => {
  const made = scene();
  expect(elected(made, UNCLEAN, null)).toEqual({ 1: ErrorCode.NONE });
  expect(leaders(made)).toEqual([2, 1, 1, 2]);
  expect(made.image.topics.get('t')?.partitions[1]?.isr).toEqual([1]);
});

test('all partitions: those that have the leader they should have are not answered', () => {
  const made = scene();
  expect(elected(made, PREFERRED, null)).toEqual({
    0: ErrorCode.NONE,
    1: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
    3: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
  });
});
