/*
 * WriteTxnMarkers (key 27)
 *
 * 1  first flexible version (KIP-482)
 * 2  transaction version (KIP-1228)
 */
import { WriteTxnMarkers } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { RequestOf } from '../../protocol/schema/index.ts';
import { encodeEndTxnMarker } from '../../records/index.ts';
import { type Handler, handler } from '../handler.ts';

type Marker = RequestOf<typeof WriteTxnMarkers>['markers'][number];

/**
 * Writes COMMIT or ABORT markers to partitions that this node leads: what a transaction coordinator asks brokers for, and an
 * operator who aborts a hanging transaction (KIP-664). The answer comes when the whole ISR has them.
 */
export function writeTxnMarkersHandler(): Handler {
  return handler({
    api: WriteTxnMarkers,
    versions: '1-2',
    handle(request, { node }, reply) {
      const timeoutMs = node.config.number('request.timeout.ms');
      let pending = 1;
      const settled = (): void => {
        pending--;
        if (pending === 0) reply({ markers });
      };
      const markers = request.markers.map((marker) => ({
        producerId: marker.producerId,
        topics: marker.topics.map(({ name, partitionIndexes }) => ({
          name,
          partitions: partitionIndexes.map((partitionIndex) => {
            const slot: { partitionIndex: number; errorCode: number } = { partitionIndex, errorCode: ErrorCode.NONE };
            const batch = batchOf(marker, node.scheduler.now());
            pending++;
            node.replicas.append(name, partitionIndex, batch, -1, timeoutMs, 'coordinator', (outcome) => {
              slot.errorCode = outcome.errorCode;
              settled();
            });
            return slot;
          }),
        })),
      }));
      settled();
    },
  });
}

function batchOf(
  { producerId, producerEpoch, coordinatorEpoch, transactionResult }: Marker,
  timestamp: number,
): Buffer {
  const type = transactionResult ? 'COMMIT' : 'ABORT';
  return encodeEndTxnMarker({ type, producerId, producerEpoch, coordinatorEpoch, timestamp });
}
