/** Where the fields of a record batch (format v2) lie, in bytes from its start. All integers are big-endian. */
export const BASE_OFFSET_AT = 0;
/** int32: the bytes behind this field. */
export const LENGTH_AT = 8;
/** int32, set by the broker, outside the CRC. */
export const PARTITION_LEADER_EPOCH_AT = 12;
/** int8, at the same place in formats v0, v1 and v2. */
export const MAGIC_AT = 16;
/** uint32, CRC-32C of everything from the attributes on. */
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORDS_COUNT_AT = 57;
/** The end of the header: where the records, or their compressed form, begin. */
export const RECORDS_AT = 61;

/** baseOffset and length: what lies before the bytes that `length` counts, in every format. */
export const LOG_OVERHEAD = 12;
/** Size of a batch without records. */
export const BATCH_OVERHEAD = RECORDS_AT;

/** Where the fields of a message (formats v0 and v1) lie, in bytes from its start: offset and size come first, as above. */
export const MESSAGE_CRC_AT = 12;
export const MESSAGE_ATTRIBUTES_AT = 17;
/** int64, in v1 only. */
export const MESSAGE_TIMESTAMP_AT = 18;
/** int32, in v0; eight bytes later in v1. */
export const MESSAGE_KEY_LENGTH_AT = 18;

/** The smallest legal value of `length`, by magic. */
export const MIN_LENGTH: readonly number[] = [14, 22, BATCH_OVERHEAD - LOG_OVERHEAD];

/** Bits of `attributes`. */
export const COMPRESSION_MASK = 0x07;
export const LOG_APPEND_TIME_FLAG = 0x08;
export const TRANSACTIONAL_FLAG = 0x10;
export const CONTROL_FLAG = 0x20;
export const DELETE_HORIZON_FLAG = 0x40;

export const NO_TIMESTAMP = -1;
export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_PARTITION_LEADER_EPOCH = -1;

/** Ids of the compression codecs, as in the lowest three bits of `attributes`. */
export const Compression = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** Kafka's names for what a timestamp is; format v0 has none. */
export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime';
