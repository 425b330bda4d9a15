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
  /** Bytes of the key and of the value; -1 for null. */
  readonly keySize: number;
  readonly valueSize: number;
  /** Bytes of this record in its (decompressed) batch, its own length field included. */
  readonly sizeInBytes: number;
  /** Decoded when first asked for. */
  readonly headers: readonly RecordHeader[];
}

/** Where the parts of a record lie in the buffer that it was read from. */
export interface RecordPlace {
  readonly source: Buffer;
  readonly keyAt: number;
  readonly valueAt: number;
  readonly headersAt: number;
  readonly headerCount: number;
}

/** A record that was checked, but not decoded: most readers look at a part of it. */
export class DecodedRecord implements KafkaRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: TimestampType;
  readonly sequence: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly sizeInBytes: number;
  readonly #place: RecordPlace;
  #key: Buffer | null | undefined;
  #value: Buffer | null | undefined;
  #headers: readonly RecordHeader[] | undefined;

  constructor(fields: Omit<KafkaRecord, 'key' | 'value' | 'headers'>, place: RecordPlace) {
    this.offset = fields.offset;
    this.timestamp = fields.timestamp;
    this.timestampType = fields.timestampType;
    this.sequence = fields.sequence;
    this.keySize = fields.keySize;
    this.valueSize = fields.valueSize;
    this.sizeInBytes = fields.sizeInBytes;
    this.#place = place;
  }

  get key(): Buffer | null {
    this.#key ??= this.#bytes(this.#place.keyAt, this.keySize);
    return this.#key;
  }

  get value(): Buffer | null {
    this.#value ??= this.#bytes(this.#place.valueAt, this.valueSize);
    return this.#value;
  }

  #bytes(at: number, size: number): Buffer | null {
    return size < 0 ? null : this.#place.source.subarray(at, at + size);
  }

  get headers(): readonly RecordHeader[] {
    this.#headers ??= this.#place.headerCount === 0 ? NO_HEADERS : this.#decodeHeaders();
    return this.#headers;
  }

  #decodeHeaders(): RecordHeader[] {
    const { source, headersAt, headerCount } = this.#place;
    const cursor: Cursor = { buffer: source, position: headersAt, end: source.length };
    const headers: RecordHeader[] = [];
    for (let i = 0; i < headerCount; i++) {
      const keyLength = readVarint(cursor);
      const key = source.toString('utf8', cursor.position, cursor.position + keyLength);
      cursor.position += keyLength;
      const valueLength = readVarint(cursor);
      const value = valueLength < 0 ? null : source.subarray(cursor.position, cursor.position + valueLength);
      if (value !== null) cursor.position += valueLength;
      headers.push({ key, value });
    }
    return headers;
  }
}
