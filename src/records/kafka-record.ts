import type { TimestampType } from './layout.ts';
import { type Cursor, readVarint } from './varint.ts';

/** A header of a record. Keys may repeat; a value may be null. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

const NO_HEADERS: readonly RecordHeader[] = [];

/** One record, of any format. Key, value and header values are views of the buffer that it was read from, not copies. */
export interface KafkaRecord {
  readonly offset: number;
  /** Milliseconds since 1970; the time of the append where the batch says LogAppendTime; -1 where there is none. */
  readonly timestamp: number;
  readonly timestampType: TimestampType;
  /** The producer's sequence number; -1 where there is none. */
  readonly sequence: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Bytes of this record in its (decompressed) batch, its own length field included. */
  readonly sizeInBytes: number;
  /** Decoded when first asked for. */
  readonly headers: readonly RecordHeader[];
}

/** A record whose headers were checked, but not decoded: most readers never look at them. */
export class DecodedRecord implements KafkaRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: TimestampType;
  readonly sequence: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly sizeInBytes: number;
  readonly #source: Buffer;
  readonly #headersAt: number;
  readonly #headerCount: number;
  #headers: readonly RecordHeader[] | undefined;

  constructor(fields: Omit<KafkaRecord, 'headers'>, source: Buffer, headersAt: number, headerCount: number) {
    this.offset = fields.offset;
    this.timestamp = fields.timestamp;
    this.timestampType = fields.timestampType;
    this.sequence = fields.sequence;
    this.key = fields.key;
    this.value = fields.value;
    this.sizeInBytes = fields.sizeInBytes;
    this.#source = source;
    this.#headersAt = headersAt;
    this.#headerCount = headerCount;
  }

  get headers(): readonly RecordHeader[] {
    this.#headers ??= this.#headerCount === 0 ? NO_HEADERS : this.#decodeHeaders();
    return this.#headers;
  }

  #decodeHeaders(): RecordHeader[] {
    const cursor: Cursor = { buffer: this.#source, position: this.#headersAt, end: this.#source.length };
    const headers: RecordHeader[] = [];
    for (let i = 0; i < this.#headerCount; i++) {
      const keyLength = readVarint(cursor);
      const key = this.#source.toString('utf8', cursor.position, cursor.position + keyLength);
      cursor.position += keyLength;
      const valueLength = readVarint(cursor);
      const value = valueLength < 0 ? null : this.#source.subarray(cursor.position, cursor.position + valueLength);
      if (value !== null) cursor.position += valueLength;
      headers.push({ key, value });
    }
    return headers;
  }
}
