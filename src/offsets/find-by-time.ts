import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { groupBy } from '../cluster/group-by.ts';
import { ListOffsets } from '../protocol/api/index.ts';
import { ErrorCode } from '../protocol/errors.ts';
import { byTopic, chunks, rounds } from './partitions.ts';

/** One question: where does this partition stand at this time? */
export interface TimeQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly timestampMs: number;
}

/** The first record at or after the time; null: there is none. */
export type TimeAnswer = { readonly offset: number; readonly timestampMs: number } | null;

const PARTITIONS_PER_REQUEST = 2_000;
const CONSUMER = -1;

/**
 * Asks the leaders for the first record at or after a time (ListOffsets), everything in flight together. Questions that
 * got no answer are missing in the result, whose keys are those of `questionKey`. Never rejects for a broker's fault.
 */
export async function findByTime(
  client: ClusterClient,
  questions: readonly TimeQuestion[],
  after: number,
): Promise<Map<string, TimeAnswer>> {
  const answers = new Map<string, TimeAnswer>();
  const unique = [...new Map(questions.map((question) => [questionKey(question), question])).values()];
  const parts = rounds(unique).flatMap((round) =>
    [...groupBy(round, ({ leader }) => leader)].flatMap(([leader, own]) =>
      chunks(own, PARTITIONS_PER_REQUEST).map((part) => ({ leader, part })),
    ),
  );
  await Promise.all(parts.map(({ leader, part }) => ask(client, leader, part, answers, after)));
  return answers;
}

/** A question as the key of its answer. */
export function questionKey({ topic, partition, timestampMs }: Omit<TimeQuestion, 'leader'>): string {
  return `${topic}-${partition}@${timestampMs}`;
}

async function ask(
  client: ClusterClient,
  leader: number,
  part: readonly TimeQuestion[],
  answers: Map<string, TimeAnswer>,
  after: number,
): Promise<void> {
  const asked = new Map(part.map(({ topic, partition, timestampMs }) => [`${topic}-${partition}`, timestampMs]));
  const topics = byTopic(part).map(({ topic, items }) => ({
    name: topic,
    // Kafka takes the small negative numbers for questions of another kind; before 1970 means the oldest record.
    partitions: items.map((item) => ({ partitionIndex: item.partition, timestamp: Math.max(0, item.timestampMs) })),
  }));
  try {
    const { body } = await client.call(leader, ListOffsets, { replicaId: CONSUMER, topics }, { after });
    for (const { name, partitions } of body.topics) {
      for (const { partitionIndex, errorCode, offset, timestamp } of partitions) {
        const timestampMs = asked.get(`${name}-${partitionIndex}`);
        if (timestampMs === undefined || errorCode !== ErrorCode.NONE) continue;
        const key = questionKey({ topic: name, partition: partitionIndex, timestampMs });
        answers.set(key, offset < 0 ? null : { offset, timestampMs: timestamp });
      }
    }
  } catch (error) {
    // No answer leaves the partition unresolved, which its change says.
    asClientError(error);
  }
}
