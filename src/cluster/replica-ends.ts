import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { ListOffsets } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import type { Partition, Topic } from './snapshot.ts';

/** As a debugging consumer one may ask a follower, which tells the end of its own log. */
const DEBUGGING = -2;
const LATEST = -1;
const PARTITIONS_PER_REQUEST = 2_000;

type Ends = NonNullable<Partition['replicaEnds']>;

/**
 * The log end of every replica of the partitions whose ISR lacks one, as each replica tells it. DescribeLogDirs cannot
 * replace this: its offsetLag is measured against the follower's own high watermark, and is 0 on a follower that stands
 * still. Replicas that do not answer are left out. In a healthy cluster nothing is asked. Never rejects.
 */
export async function readReplicaEnds(
  client: ClusterClient,
  topics: readonly { readonly topic: Topic; readonly partitions: readonly Partition[] }[],
  brokers: readonly number[],
  after: number,
): Promise<Map<string, Map<number, Ends>>> {
  const found = new Map<string, Map<number, Ends>>();
  const asking: Promise<void>[] = [];
  for (const [broker, requests] of byReplica(topics, new Set(brokers))) {
    for (const request of requests) asking.push(ask(client, broker, request, after, found));
  }
  await Promise.all(asking);
  for (const partitions of found.values())
    for (const ends of partitions.values()) ends.sort((a, b) => a.broker - b.broker);
  return found;
}

type TopicOf = { readonly name: string; readonly partitions: number[] };

function byReplica(
  topics: readonly { readonly topic: Topic; readonly partitions: readonly Partition[] }[],
  alive: ReadonlySet<number>,
): Map<number, TopicOf[][]> {
  const byBroker = new Map<number, { requests: TopicOf[][]; size: number }>();
  for (const { topic, partitions } of topics) {
    for (const { partition, replicas, isr, leader } of partitions) {
      if (leader !== null && replicas.every((replica) => isr.includes(replica))) continue;
      for (const replica of replicas) {
        if (!alive.has(replica)) continue;
        const entry = byBroker.get(replica) ?? { requests: [[]], size: 0 };
        byBroker.set(replica, entry);
        if (entry.size === PARTITIONS_PER_REQUEST) {
          entry.requests.push([]);
          entry.size = 0;
        }
        entry.size += 1;
        const request = entry.requests.at(-1) ?? [];
        const last = request.at(-1);
        if (last?.name === topic.topic) last.partitions.push(partition);
        else request.push({ name: topic.topic, partitions: [partition] });
      }
    }
  }
  return new Map([...byBroker].map(([broker, { requests }]) => [broker, requests]));
}

async function ask(
  client: ClusterClient,
  broker: number,
  request: readonly TopicOf[],
  after: number,
  found: Map<string, Map<number, Ends>>,
): Promise<void> {
  const topics = request.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp: LATEST })),
  }));
  try {
    const { body } = await client.call(broker, ListOffsets, { replicaId: DEBUGGING, topics }, { after });
    for (const { name, partitions } of body.topics) {
      const ofTopic = found.get(name) ?? new Map<number, Ends>();
      found.set(name, ofTopic);
      for (const { partitionIndex, errorCode, offset } of partitions) {
        if (errorCode !== ErrorCode.NONE || offset < 0) continue;
        const ends = ofTopic.get(partitionIndex) ?? [];
        ofTopic.set(partitionIndex, ends);
        ends.push({ broker, logEnd: offset });
      }
    }
  } catch (error) {
    // A broker that does not answer is told of as such; here its replicas only stay unknown.
    asClientError(error);
  }
}
