import { type Element, type Field, type Fields, includes, type Message } from '../../protocol/schema/index.ts';

/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/**
 * A decoded message as Kafka writes it in JSON: the fields of its version in the schema's order, tagged fields only
 * where they differ from their default, bytes in base64.
 */
export function messageJson(message: Message, version: number, value: object): JsonObject {
  return structJson(message.fields, version, value);
}

function structJson(fields: Fields, version: number, value: object): JsonObject {
  const json: Record<string, Json> = {};
  const values = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(fields)) {
    if (!includes(field.versions, version)) continue;
    if (includes(field.tagged, version) && isDefault(field, values[name])) continue;
    json[name] = fieldJson(field, version, values[name]);
  }
  return json;
}

function fieldJson({ type }: Field, version: number, value: unknown): Json {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'scalar':
      return scalarJson(value);
    case 'struct':
      return structJson(type.fields, version, value as object);
    case 'array':
      return (value as readonly unknown[]).map((element) => elementJson(type.element, version, element));
  }
}

function elementJson(element: Element, version: number, value: unknown): Json {
  return typeof element === 'string' ? scalarJson(value) : structJson(element, version, value as object);
}

function scalarJson(value: unknown): Json {
  return Buffer.isBuffer(value) ? value.toString('base64') : (value as string | number | boolean | null);
}

const NO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

function isDefault(field: Field, value: unknown): boolean {
  if (field.default !== undefined) return value === field.default;
  if (Array.isArray(value) || Buffer.isBuffer(value)) return value.length === 0;
  return value === 0 || value === '' || value === false || value === NO_UUID;
}

/** JSON text as Kafka's tools print it: without spaces, control characters as \u001F. */
export function compactJson(json: Json): string {
  const text = JSON.stringify(json);
  if (!text.includes('\\u00')) return text;
  return text.replace(/\\\\|\\u00[0-9a-f]{2}/g, (found) =>
    found === '\\\\' ? found : `\\u${found.slice(2).toUpperCase()}`,
  );
}
