/*
 * OffsetForLeaderEpoch (key 23)
 *
 * 2  current leader epoch (KIP-320)
 * 3  replica id
 * 4  flexible
 */
import { OffsetForLeaderEpoch } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type Handler, handler } from '../handler.ts';
import type { ReplicaManager } from '../replica/manager.ts';
import { checkLeaderEpoch } from '../replica/read.ts';

export function offsetForLeaderEpochHandler(replicas: ReplicaManager): Handler {
  return handler({
    api: OffsetForLeaderEpoch,
    versions: '2-4',
    handle(request, _context, reply) {
      reply({
        topics: request.topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
            const replica = replicas.get(topic, partition);
            if (replica === undefined) return { partition, errorCode: replicas.missing(topic, partition) };
            const errorCode = checkLeaderEpoch(replica, currentLeaderEpoch);
            if (errorCode !== ErrorCode.NONE) return { partition, errorCode };
            const end = replica.log.endOffsetForEpoch(leaderEpoch);
            return { partition, errorCode, leaderEpoch: end.epoch, endOffset: end.endOffset };
          }),
        })),
      });
    },
  });
}
