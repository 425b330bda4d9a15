import { ProtocolError } from './error.ts';
import type { ScalarName, Scalars } from './field.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export interface ScalarCodec<T> {
  readonly zero: T;
  /** The fewest bytes that a value takes, in the classic and in the flexible (compact) encoding. */
  readonly minSize: number;
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

/** The three ways in which Kafka writes a length before strings, bytes and arrays. Null is -1 in all of them. */
export interface LengthCodec {
  readonly minSize: number;
  read(reader: Reader): number;
  write(writer: Writer, length: number): void;
}

function checked(length: number, reader: Reader): number {
  if (length < -1) throw new ProtocolError('bad-length', `length ${length} before ${reader.position}`);
  return length;
}

const INT16_LENGTH: LengthCodec = {
  minSize: 2,
  read: (reader) => checked(reader.int16(), reader),
  write(writer, length) {
    if (length > 0x7fff) throw new ProtocolError('unrepresentable', `string of ${length} bytes, 32767 is the limit`);
    writer.int16(length);
  },
};

export const INT32_LENGTH: LengthCodec = {
  minSize: 4,
  read: (reader) => checked(reader.int32(), reader),
  write: (writer, length) => writer.int32(length),
};

/** Flexible versions: an unsigned varint of length + 1. */
export const COMPACT_LENGTH: LengthCodec = {
  minSize: 1,
  read: (reader) => reader.uvarint() - 1,
  write: (writer, length) => writer.uvarint(length + 1),
};

/** The Kafka Uuid that stands for none. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

type Fixed = Exclude<ScalarName, 'string' | 'bytes' | 'records'>;

const FIXED: { readonly [S in Fixed]: ScalarCodec<Scalars[S]> } = {
  bool: { zero: false, minSize: 1, read: (r) => r.bool(), write: (w, v) => w.bool(v) },
  int8: { zero: 0, minSize: 1, read: (r) => r.int8(), write: (w, v) => w.int8(v) },
  int16: { zero: 0, minSize: 2, read: (r) => r.int16(), write: (w, v) => w.int16(v) },
  uint16: { zero: 0, minSize: 2, read: (r) => r.uint16(), write: (w, v) => w.uint16(v) },
  int32: { zero: 0, minSize: 4, read: (r) => r.int32(), write: (w, v) => w.int32(v) },
  uint32: { zero: 0, minSize: 4, read: (r) => r.uint32(), write: (w, v) => w.uint32(v) },
  int64: { zero: 0, minSize: 8, read: (r) => r.int64(), write: (w, v) => w.int64(v) },
  float64: { zero: 0, minSize: 8, read: (r) => r.float64(), write: (w, v) => w.float64(v) },
  uuid: { zero: ZERO_UUID, minSize: 16, read: (r) => r.uuid(), write: (w, v) => w.uuid(v) },
};

const EMPTY = Buffer.alloc(0);

function stringCodec(length: LengthCodec, nullable: boolean): ScalarCodec<string | null> {
  return {
    zero: '',
    minSize: length.minSize,
    read(reader) {
      const size = length.read(reader);
      return size < 0 ? nullOr(nullable, 'string', reader) : reader.utf8(size);
    },
    write(writer, value) {
      if (value === null) return writeNull(writer, length, nullable, 'string');
      const size = Buffer.byteLength(value);
      length.write(writer, size);
      writer.utf8(value, size);
    },
  };
}

function bytesCodec(length: LengthCodec, nullable: boolean): ScalarCodec<Buffer | null> {
  return {
    zero: EMPTY,
    minSize: length.minSize,
    read(reader) {
      const size = length.read(reader);
      return size < 0 ? nullOr(nullable, 'bytes', reader) : reader.slice(size);
    },
    write(writer, value) {
      if (value === null) return writeNull(writer, length, nullable, 'bytes');
      length.write(writer, value.length);
      writer.bytes(value);
    },
  };
}

export function nullOr(nullable: boolean, what: string, reader: Reader): null {
  if (nullable) return null;
  throw new ProtocolError('unexpected-null', `null ${what} before ${reader.position}, where this version allows none`);
}

export function writeNull(writer: Writer, length: LengthCodec, nullable: boolean, what: string): void {
  if (!nullable) throw new ProtocolError('unrepresentable', `null ${what}, where this version allows none`);
  length.write(writer, -1);
}

/** The codec of a scalar in the classic or the flexible encoding. Only strings and bytes can be null. */
export function scalarCodec<S extends ScalarName>(
  name: S,
  flexible: boolean,
  nullable: boolean,
): ScalarCodec<Scalars[S] | null>;
export function scalarCodec(name: ScalarName, flexible: boolean, nullable: boolean): unknown {
  if (name === 'string') return stringCodec(flexible ? COMPACT_LENGTH : INT16_LENGTH, nullable);
  if (name === 'bytes' || name === 'records') return bytesCodec(flexible ? COMPACT_LENGTH : INT32_LENGTH, nullable);
  return FIXED[name];
}
