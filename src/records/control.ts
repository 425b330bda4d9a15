import { int16, int32 } from './bytes.ts';
import { encodeBatch } from './encode.ts';
import { RecordError } from './error.ts';

/** Kafka's names for what a control record can be, by the number in its key. */
export const CONTROL_TYPES = [
  'ABORT',
  'COMMIT',
  'LEADER_CHANGE',
  'SNAPSHOT_HEADER',
  'SNAPSHOT_FOOTER',
  'KRAFT_VERSION',
  'KRAFT_VOTERS',
] as const;

/** UNKNOWN: a number that a later version may have given a meaning, which readers are to skip. */
export type ControlType = (typeof CONTROL_TYPES)[number] | 'UNKNOWN';

export interface ControlRecord {
  readonly type: ControlType;
  /** The number behind `type`. */
  readonly typeId: number;
  /** Of the key's format. */
  readonly version: number;
  /** Of the transaction coordinator that wrote an ABORT or COMMIT; null for the other types. */
  readonly coordinatorEpoch: number | null;
}

/** Reads key and value of the record in a control batch; later versions are read as far as version 0 goes. */
export function readControlRecord(record: {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}): ControlRecord {
  const { key, value } = record;
  if (key === null || key.length < 4) throw new RecordError('bad-control', 'the key of a control record has no type');
  const version = int16(key, 0);
  if (version < 0) throw new RecordError('bad-control', `control key of version ${version}`);
  const typeId = int16(key, 2);
  const type = CONTROL_TYPES[typeId] ?? 'UNKNOWN';
  const isEndOfTransaction = type === 'ABORT' || type === 'COMMIT';
  return { type, typeId, version, coordinatorEpoch: isEndOfTransaction ? readCoordinatorEpoch(type, value) : null };
}

function readCoordinatorEpoch(type: ControlType, value: Buffer | null): number {
  if (value === null || value.length < 6) throw new RecordError('bad-control', `the value of ${type} is too short`);
  const version = int16(value, 0);
  if (version < 0) throw new RecordError('bad-control', `${type} value of version ${version}`);
  return int32(value, 2);
}

export interface EndTxnMarker {
  readonly type: 'ABORT' | 'COMMIT';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly baseOffset?: number;
  readonly partitionLeaderEpoch?: number;
}

/** The control batch of 78 bytes that ends a transaction in one partition. */
export function encodeEndTxnMarker(marker: EndTxnMarker): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(CONTROL_TYPES.indexOf(marker.type), 2);
  const value = Buffer.alloc(6);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  return encodeBatch({
    records: [{ key, value, timestamp: marker.timestamp }],
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    isTransactional: true,
    isControl: true,
    ...(marker.baseOffset === undefined ? {} : { baseOffset: marker.baseOffset }),
    ...(marker.partitionLeaderEpoch === undefined ? {} : { partitionLeaderEpoch: marker.partitionLeaderEpoch }),
  });
}
