import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DescribeLogDirs } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { problemFrom, problemOf } from './problem.ts';
import type { LogDir, Partition, Problem } from './snapshot.ts';

type Logs = NonNullable<Partition['replicaLogs']>;

export interface LogDirs {
  readonly logs: Map<string, Map<number, Logs>>;
  readonly logDirs: Map<number, LogDir[]>;
}

/** Asks every broker for its log directories and what lies in them. Never rejects: a broker that fails is a problem. */
export async function readLogDirs(
  client: ClusterClient,
  brokers: readonly number[],
  filter: (topic: string, partition: number) => boolean,
  after: number,
  problems: Problem[],
): Promise<LogDirs> {
  const found: LogDirs = { logs: new Map(), logDirs: new Map() };
  await Promise.all(
    brokers.map(async (broker) => {
      try {
        const { body } = await client.call(broker, DescribeLogDirs, { topics: null }, { after });
        if (body.errorCode !== ErrorCode.NONE) {
          problems.push(problemOf(`broker ${broker}`, body.errorCode, 'its log directories are not known'));
          return;
        }
        const dirs: LogDir[] = [];
        for (const { errorCode, logDir, topics, totalBytes, usableBytes } of body.results) {
          let replicaBytes = 0;
          for (const { name, partitions } of topics) {
            for (const { partitionIndex, partitionSize, offsetLag, isFutureKey } of partitions) {
              replicaBytes += partitionSize;
              if (!filter(name, partitionIndex)) continue;
              const ofTopic = found.logs.get(name) ?? new Map<number, Logs>();
              found.logs.set(name, ofTopic);
              const logs = ofTopic.get(partitionIndex) ?? [];
              ofTopic.set(partitionIndex, logs);
              logs.push({ broker, bytes: partitionSize, lag: offsetLag, future: isFutureKey });
            }
          }
          dirs.push({
            path: logDir,
            error: errorCode === ErrorCode.NONE ? null : errorName(errorCode),
            replicaBytes,
            totalBytes: totalBytes < 0 ? null : totalBytes,
            usableBytes: usableBytes < 0 ? null : usableBytes,
          });
        }
        found.logDirs.set(
          broker,
          dirs.sort((a, b) => (a.path < b.path ? -1 : 1)),
        );
      } catch (error) {
        const { name } = asClientError(error);
        // One that is silent altogether is told of once.
        if (name !== 'TIMED_OUT' && name !== 'UNREACHABLE') {
          problems.push(problemFrom(`broker ${broker}`, asClientError(error)));
        }
      }
    }),
  );
  for (const ofTopic of found.logs.values()) {
    for (const logs of ofTopic.values())
      logs.sort((a, b) => a.broker - b.broker || Number(a.future) - Number(b.future));
  }
  return found;
}
