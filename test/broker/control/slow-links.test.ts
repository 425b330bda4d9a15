import { describe, expect, it } from 'vitest';
import { Fetch } from '../../../src/protocol/api/index.ts';
import { batches, records } from '../../../src/records/index.ts';
import { VirtualCluster } from '../virtual-cluster.ts';

/* Machines that are far apart: what Kafka's own time-outs of a quorum allow for, a quorum lives with. */

const ONE_WAY_MS = 300;
const JITTER_MS = 60;

/** A cluster whose links are slow from its first moment, and who became its controller, in order. */
function farApart(nodes: number, seed: number) {
  const controllers: number[] = [];
  const cluster = new VirtualCluster(nodes, {}, seed, (id, given) => ({
    ...given,
    log: (_level, message) => {
      if (message === 'this node is the controller') controllers.push(id);
    },
  }));
  const ids = Array.from({ length: nodes }, (_, index) => index + 1);
  for (const from of ids) {
    for (const to of ids) {
      if (from !== to) Object.assign(cluster.env.network.link(from, to), { delayMs: ONE_WAY_MS, jitterMs: JITTER_MS });
    }
  }
  return { cluster, ids, controllers };
}

function valuesAt(cluster: VirtualCluster, node: number, topic: string): (string | undefined)[] {
  const { id } = cluster.node(node).node.image().topics.get(topic) ?? {};
  const { responses } = cluster.ask(node, Fetch, 16, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topicId: id ?? '', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }],
  });
  const bytes = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
  return [...batches(bytes)].flatMap(({ position }) =>
    [...records(bytes, position)].map(({ value }) => value?.toString()),
  );
}

describe(`nodes that are ${ONE_WAY_MS} ms apart, each way`, () => {
  it.each([
    [2, 1],
    [3, 2],
    [3, 3],
    [5, 4],
  ])('%i of them elect a controller, keep it, and serve (seed %i)', (nodes, seed) => {
    const { cluster, ids, controllers } = farApart(nodes, seed);
    cluster.start();
    const elected = [...controllers];
    cluster.createTopic('t', [ids]);
    const produced = cluster.produce(1, 't', ['a', 'b']);
    cluster.env.scheduler.runUntil(() => produced.answer !== undefined);
    expect(produced.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: 0, baseOffset: 0 }] }] });
    expect(valuesAt(cluster, 1, 't')).toEqual(['a', 'b']);
    cluster.env.scheduler.runFor(60_000);
    expect(controllers).toEqual(elected);
    const image = cluster.node(1).node.image();
    expect(image.topics.get('t')?.partitions[0]).toMatchObject({ leader: 1, leaderEpoch: 0 });
    expect([...image.brokers.values()].map(({ fenced }) => fenced)).toEqual(ids.map(() => false));
  });

  it('elect another controller when theirs is cut off, and go on serving', () => {
    const { cluster, ids } = farApart(3, 5);
    cluster.start();
    cluster.createTopic('t', [ids]);
    const first = cluster.node(1).node.image().controllerId;
    const rest = ids.filter((id) => id !== first);
    for (const id of rest) cluster.env.network.cut(first, id);
    const led = (): number =>
      cluster
        .node(rest[0] ?? 0)
        .node.image()
        .topics.get('t')?.partitions[0]?.leader ?? -1;
    cluster.env.scheduler.runUntil(() => rest.includes(led()));
    const produced = cluster.produce(led(), 't', ['c']);
    cluster.env.scheduler.runUntil(() => produced.answer !== undefined);
    expect(produced.answer).toMatchObject({ responses: [{ partitionResponses: [{ errorCode: 0 }] }] });
    expect(valuesAt(cluster, led(), 't')).toEqual(['c']);
  });
});
