import { ProtocolError } from './error.ts';
import type { Element, Field, Fields } from './field.ts';
import type { Reader } from './reader.ts';
import { COMPACT_LENGTH, INT32_LENGTH, nullOr, scalarCodec, writeNull } from './scalar.ts';
import { includes } from './versions.ts';
import { Writer } from './writer.ts';

/** Reads and writes one type in one version. */
interface ValueCodec {
  readonly minSize: number;
  read(reader: Reader): unknown;
  write(writer: Writer, value: unknown): void;
}

export type Struct = Record<string, unknown>;

/** Reads and writes a struct in one version: what a field tree is compiled to, once, at its first use. */
export interface StructCodec extends ValueCodec {
  read(reader: Reader): Struct;
  write(writer: Writer, value: Struct): void;
}

interface Slot {
  readonly name: string;
  readonly codec: ValueCodec;
  /** What an absent field decodes to and an omitted one encodes as. A fresh value for arrays and structs. */
  readonly initial: () => unknown;
  readonly field: Field;
}

/** Compiles a field tree for one version into closures; nothing looks at version ranges afterwards. */
export function compileStruct(fields: Fields, version: number, flexible: boolean): StructCodec {
  const plain: Slot[] = [];
  const tagged: (Slot & { tag: number })[] = [];
  const absent: Slot[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const tag = includes(field.tagged, version) ? field.tag : undefined;
    const codec = compileField(field, version, flexible, tag !== undefined);
    const slot: Slot = { name, codec, initial: initialValue(field, version), field };
    if (!includes(field.versions, version)) absent.push(slot);
    else if (tag !== undefined) tagged.push({ ...slot, tag });
    else plain.push(slot);
  }
  tagged.sort((a, b) => a.tag - b.tag);
  const required = absent.filter((slot) => !slot.field.ignorable);
  const defaulted = [...tagged, ...absent];
  const byTag = new Map(tagged.map((slot) => [slot.tag, slot]));
  // Every decoded object starts as a copy of one template with all its keys, so that all of them share one shape.
  const template: Struct = Object.fromEntries(Object.keys(fields).map((name) => [name, undefined]));

  return {
    minSize: plain.reduce((sum, slot) => sum + slot.codec.minSize, flexible ? 1 : 0),

    read(reader) {
      const value = { ...template };
      for (const slot of plain) value[slot.name] = slot.codec.read(reader);
      for (const slot of defaulted) value[slot.name] = slot.initial();
      if (flexible) readTags(reader, byTag, value);
      return value;
    },

    write(writer, value) {
      for (const slot of required) {
        if (!isInitial(value[slot.name], slot)) {
          throw new ProtocolError('unrepresentable', `${slot.name} cannot be said in version ${version}`);
        }
      }
      for (const slot of plain) {
        const given = value[slot.name];
        slot.codec.write(writer, given === undefined ? slot.initial() : given);
      }
      if (flexible) writeTags(writer, tagged, value);
    },
  };
}

/** Writes the tagged fields that hold something else than their default, lowest tag first. */
function writeTags(writer: Writer, tagged: readonly (Slot & { tag: number })[], value: Struct): void {
  const present = tagged.length === 0 ? tagged : tagged.filter((slot) => !isInitial(value[slot.name], slot));
  writer.uvarint(present.length);
  for (const slot of present) {
    const body = new Writer();
    slot.codec.write(body, value[slot.name]);
    writer.uvarint(slot.tag);
    writer.uvarint(body.length);
    for (const part of body.parts()) writer.bytes(part);
  }
}

/** Reads the tagged fields of a struct (KIP-482). Unknown tags are skipped: they are how newer peers speak to older ones. */
function readTags(reader: Reader, known: ReadonlyMap<number, Slot>, value: Struct): void {
  const count = reader.elements(reader.uvarint(), 2);
  let previous = -1;
  for (let i = 0; i < count; i++) {
    const tag = reader.uvarint();
    if (tag <= previous) throw new ProtocolError('bad-tag', `tag ${tag} after ${previous}: tags must rise`);
    previous = tag;
    const size = reader.uvarint();
    const slot = known.get(tag);
    if (slot === undefined) {
      reader.slice(size);
      continue;
    }
    const end = reader.position + size;
    if (size > reader.remaining)
      throw new ProtocolError('truncated', `tag ${tag} claims ${size} bytes, ${reader.remaining} are left`);
    value[slot.name] = slot.codec.read(reader);
    if (reader.position !== end)
      throw new ProtocolError('bad-tag', `tag ${tag} claims ${size} bytes and holds ${size + reader.position - end}`);
  }
}

function compileField(field: Field, version: number, flexible: boolean, tagged: boolean): ValueCodec {
  const nullable = includes(field.nullable, version);
  switch (field.type.kind) {
    case 'scalar':
      return scalarCodec(field.type.scalar, flexible, nullable) as ValueCodec;
    case 'array':
      return arrayCodec(compileElement(field.type.element, version, flexible), flexible, nullable);
    case 'struct': {
      const codec = compileStruct(field.type.fields, version, flexible) as ValueCodec;
      if (!nullable) return codec;
      return tagged ? nullableTaggedStruct(codec) : nullableStruct(codec);
    }
  }
}

function compileElement(element: Element, version: number, flexible: boolean): ValueCodec {
  const codec =
    typeof element === 'string' ? scalarCodec(element, flexible, false) : compileStruct(element, version, flexible);
  return codec as ValueCodec;
}

function arrayCodec(element: ValueCodec, flexible: boolean, nullable: boolean): ValueCodec {
  const length = flexible ? COMPACT_LENGTH : INT32_LENGTH;
  return {
    minSize: length.minSize,
    read(reader) {
      const size = length.read(reader);
      if (size < 0) return nullOr(nullable, 'array', reader);
      const count = reader.elements(size, element.minSize);
      const values: unknown[] = [];
      for (let i = 0; i < count; i++) values.push(element.read(reader));
      return values;
    },
    write(writer, value) {
      if (value === null) return writeNull(writer, length, nullable, 'array');
      const values = value as readonly unknown[];
      length.write(writer, values.length);
      for (const item of values) element.write(writer, item);
    },
  };
}

/** A nullable struct carries one byte before it: negative for null, 1 for present. */
function nullableStruct(codec: ValueCodec): ValueCodec {
  return {
    minSize: 1,
    read: (reader) => (reader.int8() < 0 ? null : codec.read(reader)),
    write(writer, value) {
      writer.int8(value === null ? -1 : 1);
      if (value !== null) codec.write(writer, value);
    },
  };
}

/** In a tagged field the same is said by an unsigned varint: 0 for null, 1 for present. */
function nullableTaggedStruct(codec: ValueCodec): ValueCodec {
  return {
    minSize: 1,
    read: (reader) => (reader.uvarint() === 0 ? null : codec.read(reader)),
    write(writer, value) {
      writer.uvarint(value === null ? 0 : 1);
      if (value !== null) codec.write(writer, value);
    },
  };
}

/** The value that stands for "not said": the field's default, made fresh each time for arrays and structs. */
function initialValue(field: Field, version: number): () => unknown {
  if (field.default === null) return () => null;
  switch (field.type.kind) {
    case 'scalar': {
      const value = field.default ?? scalarCodec(field.type.scalar, true, false).zero;
      return () => value;
    }
    case 'array':
      return () => [];
    case 'struct': {
      const parts = Object.entries(field.type.fields).map(([name, sub]) => [name, initialValue(sub, version)] as const);
      return () => {
        const fresh: Struct = {};
        for (const [name, make] of parts) fresh[name] = make();
        return fresh;
      };
    }
  }
}

function isInitial(value: unknown, slot: Slot): boolean {
  return value === undefined || sameValue(value, slot.initial());
}

/** Whether a value says no more than `initial` does; a struct may leave out what it does not change. */
function sameValue(value: unknown, initial: unknown): boolean {
  if (value === initial || value === undefined) return true;
  if (value === null || initial === null || typeof value !== 'object' || typeof initial !== 'object') return false;
  if (Array.isArray(value)) return Array.isArray(initial) && value.length === 0 && initial.length === 0;
  if (Buffer.isBuffer(value)) return Buffer.isBuffer(initial) && value.equals(initial);
  return Object.entries(initial).every(([name, part]) => sameValue((value as Struct)[name], part));
}
