import { expect, it } from 'vitest';
import { DescribeQuorum } from '../../../src/protocol/api/index.ts';
import { METADATA_TOPIC } from '../../../src/protocol/internal-topics.ts';
import { faultCluster } from '../fault/fault-cluster.ts';

const ASKED = { topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] };

it('DescribeQuorum remembers when a voter that is gone last had everything', () => {
  const { cluster, faults, run } = faultCluster(3);
  const metadata = cluster.ask(1, DescribeQuorum, 2, ASKED);
  const controller = metadata.topics[0]?.partitions[0]?.leaderId ?? 0;
  const gone = controller === 3 ? 2 : 3;
  const voter = () => {
    const { currentVoters = [] } = cluster.ask(controller, DescribeQuorum, 2, ASKED).topics[0]?.partitions[0] ?? {};
    const found = currentVoters.find(({ replicaId }) => replicaId === gone);
    if (found === undefined) throw new Error(`no voter ${gone}`);
    return found;
  };
  run(2000);
  const before = voter();
  expect(before.lastCaughtUpTimestamp).toBe(before.lastFetchTimestamp);
  faults.inject({ fault: 'kill', on: gone });
  const killedAt = cluster.env.scheduler.now();
  run(5000);
  const after = voter();
  expect(after.lastCaughtUpTimestamp).toBeGreaterThanOrEqual(before.lastCaughtUpTimestamp);
  expect(after.lastCaughtUpTimestamp).toBeLessThanOrEqual(killedAt);
});

it.each([0, 1, 2])('DescribeQuorum v%i names the controller', (version) => {
  const { cluster } = faultCluster(3);
  const { topics, nodes = [] } = cluster.ask(1, DescribeQuorum, version, ASKED);
  expect(topics[0]?.partitions[0]?.currentVoters.map(({ replicaId }) => replicaId)).toEqual([1, 2, 3]);
  expect(nodes).toHaveLength(version < 2 ? 0 : 3);
});
