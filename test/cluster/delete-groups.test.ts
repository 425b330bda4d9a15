import { afterEach, expect, it } from 'vitest';
import { deleteGroups } from '../../src/cluster/delete-groups.ts';
import { DeleteGroups } from '../../src/protocol/api/index.ts';
import { HANG_UP, rule } from '../client/fake-broker.ts';
import { FakeCluster } from './fake-cluster.ts';

let cluster: FakeCluster;
afterEach(() => cluster.close());

it('deletes each group at its coordinator and tells of each how it went', async () => {
  cluster = await FakeCluster.start(3);
  const asked: string[][] = [[], [], []];
  cluster.brokers.forEach((broker, i) => {
    broker.set(
      rule(DeleteGroups, 2, ({ groupsNames }) => {
        asked[i]?.push(...groupsNames);
        if (i === 2) return HANG_UP;
        return { results: groupsNames.map((groupId) => ({ groupId, errorCode: groupId === 'live' ? 68 : 0 })) };
      }),
    );
  });
  for (const [name, coordinator] of [
    ['a', 1],
    ['live', 2],
    ['b', 2],
    ['lost', 3],
  ] as const) {
    cluster.groups[name] = { coordinator };
  }
  expect(await deleteGroups(cluster.client(), ['b', 'live', 'a', 'lost', 'b'])).toEqual([
    { group: 'b', error: null },
    { group: 'live', error: 'NON_EMPTY_GROUP' },
    { group: 'a', error: null },
    { group: 'lost', error: 'UNREACHABLE' },
    { group: 'b', error: null },
  ]);
  expect(asked).toEqual([['a'], ['b', 'live'], ['lost']]);
  expect(cluster.apis).toEqual(['DeleteGroups', 'FindCoordinator']);
});
