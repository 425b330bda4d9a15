import { compileStruct, type Struct, type StructCodec } from './codec.ts';
import { ProtocolError } from './error.ts';
import type { Decoded, Encodable, Fields } from './field.ts';
import { Reader } from './reader.ts';
import { includes, type VersionRange, versionRange } from './versions.ts';
import { Writer } from './writer.ts';

/** One message in all its versions: a request, a response, or a record's key or value. */
export interface Message<F extends Fields = Fields> {
  readonly versions: VersionRange;
  /** The versions with compact lengths and tagged fields (KIP-482). */
  readonly flexible: VersionRange;
  readonly fields: F;
  /** The compiled codec of a version. Throws `unsupported-version` outside `versions`. */
  codec(version: number): StructCodec;
}

export type Value<M> = M extends Message<infer F> ? Decoded<F> : never;
export type Input<M> = M extends Message<infer F> ? Encodable<F> : never;

export function message<const F extends Fields>(definition: {
  readonly versions: string;
  readonly flexible: string;
  readonly fields: F;
}): Message<F> {
  const versions = versionRange(definition.versions);
  const flexible = versionRange(definition.flexible);
  const compiled = new Map<number, StructCodec>();
  return {
    versions,
    flexible,
    fields: definition.fields,
    codec(version) {
      let codec = compiled.get(version);
      if (codec === undefined) {
        if (!includes(versions, version)) {
          throw new ProtocolError('unsupported-version', `version ${version} is outside ${definition.versions}`);
        }
        codec = compileStruct(definition.fields, version, includes(flexible, version));
        compiled.set(version, codec);
      }
      return codec;
    },
  };
}

/** Reads a message where the reader stands, and leaves the reader behind it. */
export function readMessage<M extends Message>(message: M, version: number, reader: Reader): Value<M> {
  return message.codec(version).read(reader) as Value<M>;
}

/** Writes a message. Throws `unrepresentable` where the version cannot say the value, or a number is out of range. */
export function writeMessage<M extends Message>(message: M, version: number, writer: Writer, value: Input<M>): void {
  try {
    message.codec(version).write(writer, value as Struct);
  } catch (error) {
    // Buffer's own range check of the integers.
    if (error instanceof RangeError) throw new ProtocolError('unrepresentable', error.message);
    throw error;
  }
}

/** Decodes a message that fills the whole buffer; bytes behind it are an error. */
export function decodeMessage<M extends Message>(message: M, version: number, buffer: Buffer): Value<M> {
  const reader = new Reader(buffer);
  const value = readMessage(message, version, reader);
  reader.finish();
  return value;
}

export function encodeMessage<M extends Message>(message: M, version: number, value: Input<M>): Buffer {
  const writer = new Writer();
  writeMessage(message, version, writer, value);
  return writer.toBuffer();
}
