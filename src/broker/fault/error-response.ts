import * as apis from '../../protocol/api/index.ts';
import { type Api, type Fields, includes, type ResponseInput } from '../../protocol/schema/index.ts';

/** An answer that says of everything that was asked for that it failed, as Kafka's own error answers do. */
export function errorResponse<A extends Api>(
  api: A,
  version: number,
  request: unknown,
  errorCode: number,
): ResponseInput<A> {
  // The fields are taken from the response's own schema, in this version.
  return mirror(api.response.fields, version, request as Struct, errorCode) as ResponseInput<A>;
}

type Struct = Readonly<Record<string, unknown>>;

const ERROR = 'errorCode';
/** The request and the response of an API do not always call a partition's number alike. */
const PARTITION_NUMBER = ['partitionIndex', 'index', 'partition'];
/** What names nobody: no broker, and no port of it. */
const NOBODY: Readonly<Record<string, number>> = { nodeId: -1, port: -1 };

/** Puts the error wherever the response has a place for one; names, ids and numbers are those of the request. */
function mirror(fields: Fields, version: number, request: Struct, errorCode: number): Struct {
  const result: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!includes(field.versions, version)) continue;
    if (name === ERROR) result[name] = errorCode;
    else if (field.type.kind === 'scalar') {
      const value = sameScalar(request, name) ?? NOBODY[name];
      if (value !== undefined) result[name] = value;
    } else if (field.type.kind === 'array' && typeof field.type.element === 'object' && tells(field.type.element)) {
      const { element } = field.type;
      result[name] = itemsOf(request, name).map((item) => mirror(element, version, structOf(item), errorCode));
    }
  }
  return result;
}

/** Where the request has plain names, keys or partition numbers, they are the response's of that kind. */
function structOf(item: unknown): Struct {
  if (typeof item === 'object' && item !== null) return item as Struct;
  return typeof item === 'number' ? { partitionIndex: item } : { name: item, key: item, groupId: item };
}

function sameScalar(request: Struct, name: string): unknown {
  const aliases = PARTITION_NUMBER.includes(name) ? PARTITION_NUMBER : [name];
  const found = aliases.map((alias) => request[alias]).find((value) => value !== undefined && value !== null);
  return typeof found === 'object' && !Buffer.isBuffer(found) ? undefined : found;
}

/** What was asked for: the request's array of the same name, or the first that holds anything. */
function itemsOf(request: Struct, name: string): readonly unknown[] {
  const arrays = Object.values(request).filter((value): value is readonly unknown[] => Array.isArray(value));
  const same = request[name];
  return (Array.isArray(same) ? same : arrays.find((array) => array.length > 0)) ?? [];
}

/** Whether there is a place for an error anywhere in a struct. */
function tells(fields: Fields): boolean {
  return Object.entries(fields).some(
    ([name, field]) =>
      name === ERROR ||
      (field.type.kind === 'array' && typeof field.type.element === 'object' && tells(field.type.element)),
  );
}

/** Its errors are those of single topics beside a list of brokers, which an answer that only fails would lack. */
const NOT_FAILED = new Set(['Metadata']);

/** The APIs that can be failed with an error, by Kafka's names. */
export const FAILABLE_APIS: ReadonlySet<string> = new Set(
  Object.values(apis)
    .filter((api) => tells(api.response.fields) && !NOT_FAILED.has(api.name))
    .map((api) => api.name),
);
