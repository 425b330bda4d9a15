import { isDeepStrictEqual } from 'node:util';
import { type Element, type Field, type Fields, includes, type ScalarName } from '../../src/protocol/schema/index.ts';
import fc from '../property.ts';

type Struct = Record<string, unknown>;

const int = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const small = fc.uint8Array({ maxLength: 24 });
// Above 1 KiB the writer links bytes in instead of copying them.
const large = fc.uint8Array({ minLength: 1024, maxLength: 1400 });
const buffers = fc
  .oneof({ arbitrary: small, weight: 9 }, { arbitrary: large, weight: 1 })
  .map((bytes) => Buffer.from(bytes));

const SCALARS: { readonly [S in ScalarName]: fc.Arbitrary<unknown> } = {
  bool: fc.boolean(),
  int8: int(8),
  int16: int(16),
  uint16: uint(16),
  int32: int(32),
  uint32: uint(32),
  int64: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 63, -(2 ** 63), 2 ** 53, 2 ** 32, -(2 ** 32))),
  float64: fc.double({ noNaN: true }),
  string: fc.string({ unit: 'grapheme', maxLength: 12 }),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  bytes: buffers,
  records: buffers,
};

const ZEROS: { readonly [S in ScalarName]: unknown } = {
  bool: false,
  int8: 0,
  int16: 0,
  uint16: 0,
  int32: 0,
  uint32: 0,
  int64: 0,
  float64: 0,
  string: '',
  uuid: 'AAAAAAAAAAAAAAAAAAAAAA',
  bytes: Buffer.alloc(0),
  records: Buffer.alloc(0),
};

/** Kafka's default of a field, worked out apart from the codec. */
export function defaultOf(field: Field): unknown {
  if (field.default !== undefined) return field.default;
  switch (field.type.kind) {
    case 'scalar':
      return ZEROS[field.type.scalar];
    case 'array':
      return [];
    case 'struct':
      return defaultsOf(field.type.fields);
  }
}

export function defaultsOf(fields: Fields): Struct {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultOf(field)]));
}

/** Whole values of one version of a message: fields that the version lacks hold their defaults, as decoding gives them. */
export function valuesOf(fields: Fields, version: number): fc.Arbitrary<Struct> {
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldValues(field, version)])),
  );
}

function fieldValues(field: Field, version: number): fc.Arbitrary<unknown> {
  const initial = fc.constant(null).map(() => defaultOf(field));
  if (!includes(field.versions, version)) return initial;
  const choices = [
    { arbitrary: said(field, version), weight: 6 },
    { arbitrary: initial, weight: field.default === null && !includes(field.nullable, version) ? 0 : 1 },
    { arbitrary: fc.constant(null), weight: includes(field.nullable, version) ? 2 : 0 },
  ];
  return fc.oneof(...choices.filter((choice) => choice.weight > 0));
}

function said(field: Field, version: number): fc.Arbitrary<unknown> {
  switch (field.type.kind) {
    case 'scalar':
      return SCALARS[field.type.scalar];
    case 'array':
      return fc.array(elementOf(field.type.element, version), { maxLength: 3 });
    case 'struct':
      return valuesOf(field.type.fields, version);
  }
}

function elementOf(element: Element, version: number): fc.Arbitrary<unknown> {
  return typeof element === 'string' ? SCALARS[element] : valuesOf(element, version);
}

/** The same value with every field left out that holds its default. */
export function withoutDefaults(fields: Fields, value: Struct): Struct {
  const kept: Struct = {};
  for (const [name, field] of Object.entries(fields)) {
    const part = value[name];
    if (isDeepStrictEqual(part, defaultOf(field))) continue;
    kept[name] = strip(field, part);
  }
  return kept;
}

function strip(field: Field, value: unknown): unknown {
  if (value === null) return null;
  if (field.type.kind === 'struct') return withoutDefaults(field.type.fields, value as Struct);
  if (field.type.kind === 'array' && typeof field.type.element !== 'string') {
    const { element } = field.type;
    return (value as Struct[]).map((item) => withoutDefaults(element, item));
  }
  return value;
}
