/** The little that the tests need of libraries without types. */
declare module 'snappyjs' {
  export function compress(data: Uint8Array): Uint8Array;
  export function uncompress(data: Uint8Array): Uint8Array;
}

declare module 'lz4js' {
  export function compress(data: Uint8Array): Uint8Array;
  export function decompress(data: Uint8Array): Uint8Array;
}

declare module 'lz4js/xxh32.js' {
  const xxh32: { hash(seed: number, data: Uint8Array, start: number, length: number): number };
  export default xxh32;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    readonly buffer: Buffer;
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  interface Batch {
    compression?: number;
    firstOffset?: unknown;
    firstTimestamp?: number;
    maxTimestamp?: number;
    partitionLeaderEpoch?: number;
    lastOffsetDelta?: number;
    transactional?: boolean;
    producerId?: unknown;
    producerEpoch?: number;
    firstSequence?: number;
    records?: readonly Encoder[];
  }
  const module: { RecordBatch(batch: Batch): Promise<Encoder> };
  export default module;
}

declare module 'kafkajs/src/protocol/recordBatch/record/v0/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function Record(record: {
    offsetDelta?: number;
    timestampDelta?: number;
    key: Buffer | null;
    value: Buffer | null;
    headers?: Record<string, string | string[]>;
  }): Encoder;
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  interface Message {
    offset: string;
    timestamp: string;
    key: Buffer | null;
    value: Buffer | null;
    headers: Record<string, Buffer | Buffer[]>;
    isControlRecord: boolean;
  }
  export default function decode(decoder: Decoder): Promise<{ firstOffset: string; records: Message[] }>;
}

declare module 'kafkajs/src/protocol/messageSet/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function MessageSet(set: {
    messageVersion: number;
    compression?: number;
    entries: readonly { key: string | null; value: string | null; timestamp?: number }[];
  }): Encoder;
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32C(buffer: Buffer): number;
}

declare module 'kafkajs/src/protocol/message/compression/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  interface Plugin {
    compress(encoder: Encoder): Promise<Buffer>;
    decompress(data: Buffer): Promise<Buffer>;
  }
  const module: { Codecs: Record<number, () => Plugin> };
  export default module;
}

declare module 'kafkajs/src/protocol/messageSet/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  interface Message {
    offset: string;
    key: Buffer | null;
    value: Buffer | null;
  }
  export default function decode(decoder: Decoder, size: number): Promise<Message[]>;
}

declare module 'kafkajs/src/utils/long.js' {
  const Long: { fromValue(value: number): unknown };
  export default Long;
}
