import { DescribeLogDirs } from '../../protocol/api/35-describe-log-dirs.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf } from '../../protocol/schema/index.ts';
import { handler } from '../handler.ts';
import type { Replica } from '../node.ts';

/**
 * DescribeLogDirs: the size of every replica on this node, and how far it is behind the high watermark. There is one
 * log directory per node; one that has failed has an error, and nothing in it. In memory there is no volume: -1.
 *
 * v2     flexible
 * v3     an error for the whole answer
 * v4     bytes of the volume (KIP-827)
 */
export const describeLogDirsHandler = handler<typeof DescribeLogDirs>({
  api: DescribeLogDirs,
  versions: '1-4',
  handle(request, context, reply) {
    const { config, replicas } = context.node;
    const byTopic = new Map<string, Replica[]>();
    for (const replica of replicas.all()) {
      if (!isAsked(request, replica)) continue;
      byTopic.set(replica.topic, [...(byTopic.get(replica.topic) ?? []), replica]);
    }
    const topics = [...byTopic].sort(([a], [b]) => (a < b ? -1 : 1));
    const logDir = config.string('log.dirs') || config.string('log.dir');
    const space = replicas.isOffline ? null : context.node.diskSpace();
    reply({
      results: [
        {
          errorCode: replicas.isOffline ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE,
          logDir,
          ...(space === null ? {} : { totalBytes: space.total, usableBytes: space.usable }),
          topics: topics.map(([name, own]) => ({
            name,
            partitions: own
              .sort((a, b) => a.partition - b.partition)
              .map((replica) => ({
                partitionIndex: replica.partition,
                partitionSize: replica.log.size,
                offsetLag: Math.max(0, replica.highWatermark - replica.log.logEndOffset),
                isFutureKey: false,
              })),
          })),
        },
      ],
    });
  },
});

function isAsked(request: RequestOf<typeof DescribeLogDirs>, replica: Replica): boolean {
  if (request.topics === null) return true;
  return request.topics.some((topic) => topic.topic === replica.topic && topic.partitions.includes(replica.partition));
}
