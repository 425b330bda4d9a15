/*
 * DescribeProducers (key 61)
 *
 * 0  the producers that a partition's leader remembers (KIP-664)
 */

import type { ProducerEntry } from '../../log/producer-state.ts';
import { DescribeProducers } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type Handler, handler } from '../handler.ts';
import type { ReplicaManager } from '../replica/manager.ts';

export function describeProducersHandler(replicas: ReplicaManager): Handler {
  return handler({
    api: DescribeProducers,
    versions: '0',
    handle(request, _context, reply) {
      reply({
        topics: request.topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => {
            const replica = replicas.get(name, partitionIndex);
            if (replica?.isLeader) {
              return { partitionIndex, activeProducers: [...replica.log.producers.values()].map(describe) };
            }
            const isFollower = replica !== undefined;
            const errorCode = isFollower ? ErrorCode.NOT_LEADER_OR_FOLLOWER : replicas.missing(name, partitionIndex);
            return { partitionIndex, errorCode };
          }),
        })),
      });
    },
  });
}

function describe(producer: ProducerEntry) {
  return {
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
    lastTimestamp: producer.lastTimestamp,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTxnStartOffset: producer.currentTxnFirstOffset,
  };
}
