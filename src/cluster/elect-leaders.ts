import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { ElectLeaders } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import type { TopicPartitions } from './snapshot.ts';

export type ElectionType = 'preferred' | 'unclean';

/** As ElectLeaders counts them (KIP-460). */
const TYPES = { preferred: 0, unclean: 1 } as const satisfies Record<ElectionType, number>;
const UNCLEAN_SINCE = 1;

export interface Elected {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's name of the error, or the client's; null where the leader was elected. ELECTION_NOT_NEEDED: there was nothing to do. */
  readonly error: string | null;
  readonly message: string | null;
}

/**
 * Elects leaders of exactly these partitions. Sent once: what was not answered is an error, and the caller looks at what
 * came of it. One result per partition that was asked for, in that order. Never rejects for a broker's fault.
 */
export async function electLeaders(
  client: ClusterClient,
  type: ElectionType,
  wanted: readonly TopicPartitions[],
  timeoutMs: number,
): Promise<Elected[]> {
  const results = new Map<string, { readonly error: string | null; readonly message: string | null }>();
  let silence = { error: 'NO_ANSWER', message: 'the controller said nothing about it' };
  try {
    // Version 0 knows preferred elections only, and would carry one out.
    if (type === 'unclean' && !(await client.speaks('any', ElectLeaders, UNCLEAN_SINCE))) {
      silence = {
        error: 'UNSUPPORTED',
        message: 'these brokers do not take unclean elections (Kafka 2.4 and later do)',
      };
    } else {
      const request = {
        ...(type === 'unclean' ? { electionType: TYPES.unclean } : {}),
        topicPartitions: wanted.map(({ topic, partitions }) => ({ topic, partitions })),
        timeoutMs,
      };
      const { body } = await client.call('any', ElectLeaders, request);
      if (body.errorCode !== ErrorCode.NONE) {
        silence = { error: errorName(body.errorCode), message: 'the controller refused the request' };
      }
      for (const { topic, partitionResult } of body.replicaElectionResults) {
        for (const { partitionId, errorCode, errorMessage } of partitionResult) {
          const error = errorCode === ErrorCode.NONE ? null : errorName(errorCode);
          results.set(`${topic}-${partitionId}`, { error, message: errorMessage });
        }
      }
    }
  } catch (error) {
    const { name, message } = asClientError(error);
    silence = { error: name, message };
  }
  return wanted.flatMap(({ topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition, ...(results.get(`${topic}-${partition}`) ?? silence) })),
  );
}
