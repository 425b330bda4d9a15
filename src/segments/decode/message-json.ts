import {
  type Element,
  type Field,
  type Fields,
  includes,
  type Message,
  type ScalarName,
} from '../../protocol/schema/index.ts';
import { Int64, type Json, type JsonObject } from './json-text.ts';

/**
 * A decoded message as Kafka writes it in JSON: the fields of its version in the schema's order, tagged fields only
 * where they differ from their default, bytes in base64. `bytes` is what it was decoded from: integers beyond 2^53 are
 * read from it again.
 */
export function messageJson(message: Message, version: number, value: object, bytes: Buffer): JsonObject {
  return structJson(message.fields, { version, bytes }, value);
}

interface Context {
  readonly version: number;
  readonly bytes: Buffer;
}

function structJson(fields: Fields, context: Context, value: object): JsonObject {
  const json: Record<string, Json> = {};
  const values = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(fields)) {
    if (!includes(field.versions, context.version)) continue;
    if (includes(field.tagged, context.version) && isDefault(field, values[name])) continue;
    json[name] = fieldJson(field, context, values[name]);
  }
  return json;
}

function fieldJson({ type }: Field, context: Context, value: unknown): Json {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'scalar':
      return scalarJson(type.scalar, context, value);
    case 'struct':
      return structJson(type.fields, context, value as object);
    case 'array':
      return (value as readonly unknown[]).map((element) => elementJson(type.element, context, element));
  }
}

function elementJson(element: Element, context: Context, value: unknown): Json {
  return typeof element === 'string'
    ? scalarJson(element, context, value)
    : structJson(element, context, value as object);
}

function scalarJson(scalar: ScalarName, { bytes }: Context, value: unknown): Json {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (scalar === 'int64' && !Number.isSafeInteger(value)) return exact(value as number, bytes);
  return value as string | number | boolean | null;
}

/** The int64 in `bytes` that was rounded to `rounded`: hashes are such numbers. */
function exact(rounded: number, bytes: Buffer): Json {
  for (let at = 0; at + 8 <= bytes.length; at++) {
    const candidate = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
    if (candidate === rounded) return new Int64(String(bytes.readBigInt64BE(at)));
  }
  return rounded;
}

const NO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

function isDefault(field: Field, value: unknown): boolean {
  if (field.default !== undefined) return value === field.default;
  if (Array.isArray(value) || Buffer.isBuffer(value)) return value.length === 0;
  return value === 0 || value === '' || value === false || value === NO_UUID;
}
