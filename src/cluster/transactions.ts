import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DescribeProducers, DescribeTransactions, ListTransactions } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import type { ResponseOf } from '../protocol/schema/index.ts';
import { groupBy } from './group-by.ts';
import { problem, problemFrom, problemOf } from './problem.ts';
import type { OpenTransaction, Transactions } from './recording.ts';
import type { Problem, Snapshot } from './snapshot.ts';

/** States in which a transaction holds back readers. */
const OPEN = ['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'];
/** What one recording asks for at most; beyond that it says how many there are. */
const PARTITIONS_AT_MOST = 1_000;
const TRANSACTIONS_AT_MOST = 2_000;

type Described = ResponseOf<typeof DescribeTransactions>['transactionStates'][number] & { readonly node: number };

/**
 * The transactions that are open: of every partition whose last stable offset lies behind its high watermark the
 * producers, as its leader knows them, joined with what the coordinators say. Two requests deep. Never rejects for a
 * broker's fault.
 */
export async function readTransactions(
  client: ClusterClient,
  snapshot: Snapshot,
  problems: Problem[],
  after: number,
): Promise<Transactions> {
  const held = snapshot.topics.flatMap(({ topic, partitions }) =>
    partitions
      .filter(
        ({ lastStableOffset, highWatermark, leader }) =>
          leader !== null && lastStableOffset !== null && highWatermark !== null && lastStableOffset < highWatermark,
      )
      .map(({ partition, leader }) => ({ topic, partition, leader })),
  );
  const asked = held.slice(0, PARTITIONS_AT_MOST);
  if (held.length > asked.length) {
    const message = `${held.length} partitions have open transactions; the producers of ${asked.length} were asked for`;
    problems.push(problem('cluster', 'TOO_MANY', message));
  }
  const byLeader = groupBy(asked, ({ leader }) => leader ?? -1);
  const brokers = snapshot.brokers.filter(({ problem: trouble }) => trouble === null).map(({ id }) => id);
  const [producers, coordinated] = await Promise.all([
    Promise.all([...byLeader].map(([leader, places]) => describeProducers(client, leader, places, problems, after))),
    Promise.all(brokers.map((id) => coordinatedBy(client, id, problems, after))),
  ]);
  return {
    open: join(
      producers.flat(),
      coordinated.flatMap((found) => found ?? []),
    ),
    asked: asked.map(({ topic, partition }) => ({ topic, partition })),
    coordinatorsAsked: coordinated.length === snapshot.brokers.length && coordinated.every((found) => found !== null),
  };
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

async function describeProducers(
  client: ClusterClient,
  leader: number,
  places: readonly Place[],
  problems: Problem[],
  after: number,
): Promise<OpenTransaction[]> {
  const topics = [...groupBy(places, ({ topic }) => topic)].map(([name, of]) => ({
    name,
    partitionIndexes: of.map(({ partition }) => partition),
  }));
  const open: OpenTransaction[] = [];
  try {
    if (!(await client.speaks(leader, DescribeProducers))) return [];
    const { body } = await client.call(leader, DescribeProducers, { topics }, { after });
    for (const { name, partitions } of body.topics) {
      for (const { partitionIndex, errorCode, errorMessage, activeProducers } of partitions) {
        if (errorCode !== ErrorCode.NONE) {
          problems.push(withoutTransactions(problemOf(`${name}-${partitionIndex}`, errorCode, errorMessage)));
          continue;
        }
        for (const producer of activeProducers) {
          if (producer.currentTxnStartOffset < 0) continue;
          open.push({
            topic: name,
            partition: partitionIndex,
            producerId: producer.producerId,
            producerEpoch: producer.producerEpoch,
            startOffset: producer.currentTxnStartOffset,
            lastAtMs: producer.lastTimestamp < 0 ? null : producer.lastTimestamp,
            ...UNTOLD,
          });
        }
      }
    }
  } catch (error) {
    problems.push(withoutTransactions(problemFrom(`broker ${leader}`, asClientError(error))));
  }
  return open;
}

const UNTOLD = { transactionalId: null, coordinator: null, state: null, startedAtMs: null, timeoutMs: null } as const;

function withoutTransactions({ scope, name, message, advice }: Problem): Problem {
  return problem(scope, name, `open transactions could not be read: ${message}`, advice);
}

/** The open transactions that a broker coordinates; null where it does not tell. */
async function coordinatedBy(
  client: ClusterClient,
  node: number,
  problems: Problem[],
  after: number,
): Promise<Described[] | null> {
  try {
    if (!(await client.speaks(node, ListTransactions)) || !(await client.speaks(node, DescribeTransactions))) {
      return null;
    }
    const listed = await client.call(node, ListTransactions, { stateFilters: OPEN, producerIdFilters: [] }, { after });
    if (listed.body.errorCode !== ErrorCode.NONE) {
      problems.push(withoutTransactions(problemOf(`broker ${node}`, listed.body.errorCode)));
      return null;
    }
    const ids = listed.body.transactionStates.map(({ transactionalId }) => transactionalId);
    if (ids.length === 0) return [];
    if (ids.length > TRANSACTIONS_AT_MOST) {
      const message = `it coordinates ${ids.length} open transactions; ${TRANSACTIONS_AT_MOST} were asked for`;
      problems.push(problem(`broker ${node}`, 'TOO_MANY', message));
    }
    const transactionalIds = ids.slice(0, TRANSACTIONS_AT_MOST);
    const { body } = await client.call(node, DescribeTransactions, { transactionalIds }, { after: listed.depth });
    return body.transactionStates
      .filter(({ errorCode }) => errorCode === ErrorCode.NONE)
      .map((described) => ({ ...described, node }));
  } catch (error) {
    problems.push(withoutTransactions(problemFrom(`broker ${node}`, asClientError(error))));
    return null;
  }
}

/** What leaders and coordinators tell of the same producer belongs together; what only one of them knows is kept. */
function join(seen: readonly OpenTransaction[], described: readonly Described[]): OpenTransaction[] {
  const open = new Map(seen.map((one) => [`${one.producerId} ${one.partition} ${one.topic}`, one]));
  for (const told of described) {
    const facts = {
      transactionalId: told.transactionalId,
      coordinator: told.node,
      state: told.transactionState,
      startedAtMs: told.transactionStartTimeMs < 0 ? null : told.transactionStartTimeMs,
      timeoutMs: told.transactionTimeoutMs,
    };
    const { producerId, producerEpoch } = told;
    for (const { topic, partitions } of told.topics) {
      for (const partition of partitions) {
        const key = `${producerId} ${partition} ${topic}`;
        const known = open.get(key);
        const alone = { topic, partition, producerId, producerEpoch, startOffset: null, lastAtMs: null };
        open.set(key, { ...(known ?? alone), ...facts });
      }
    }
  }
  return [...open.values()].sort(
    (a, b) =>
      (a.topic === b.topic ? 0 : a.topic < b.topic ? -1 : 1) ||
      a.partition - b.partition ||
      a.producerId - b.producerId,
  );
}
