import * as z from 'zod';
import type { KafkaRecord } from '../records/index.ts';

/** Bytes as somebody can read them: JSON where they are an object or a list, UTF-8 text, or hex. */
export const bytesSchema = z.discriminatedUnion('as', [
  z.object({ as: z.literal('json'), value: z.json() }),
  z.object({ as: z.literal('text'), value: z.string() }),
  z.object({ as: z.literal('hex'), value: z.string() }),
]);
export type ReadableBytes = z.infer<typeof bytesSchema>;

export const recordSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  offset: z.number(),
  timestampMs: z.number().nullable(),
  timestamp: z.iso.datetime().nullable(),
  bytes: z.int(),
  key: bytesSchema.nullable(),
  value: bytesSchema.nullable(),
  headers: z.array(z.object({ key: z.string(), value: bytesSchema.nullable() })),
});
export type RecordDocument = z.infer<typeof recordSchema>;

export const peekSchema = z.object({
  kind: z.literal('records'),
  version: z.literal(1),
  at: z.iso.datetime(),
  cluster: z.object({ id: z.string().nullable() }),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  committed: z.number().nullable(),
  start: z.number(),
  end: z.number(),
  records: z.array(recordSchema),
  errors: z.array(z.never()),
});
export type PeekDocument = z.infer<typeof peekSchema>;

export const BYTE_FORMATS = ['auto', 'text', 'json', 'hex'] as const;
export type ByteFormat = (typeof BYTE_FORMATS)[number];

/** Decodes bytes for reading. `auto` never guesses wrong: what is not exact UTF-8 is hex. Null stays null. */
export function readable(bytes: Buffer | null, format: ByteFormat): ReadableBytes | null {
  if (bytes === null) return null;
  const text = format === 'hex' ? null : utf8(bytes);
  if (text === null) return { as: 'hex', value: bytes.toString('hex') };
  if (format === 'text') return { as: 'text', value: text };
  const parsed = format === 'json' || /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  return parsed === undefined ? { as: 'text', value: text } : { as: 'json', value: parsed };
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function parseJson(text: string): z.infer<ReturnType<typeof z.json>> | undefined {
  try {
    return JSON.parse(text) as z.infer<ReturnType<typeof z.json>>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A record as the `records` document has it. A timestamp that is no date is null. */
export function recordDocument(
  topic: string,
  partition: number,
  record: KafkaRecord,
  format: ByteFormat,
): RecordDocument {
  const known = record.timestamp >= 0 && !Number.isNaN(new Date(record.timestamp).getTime());
  return {
    topic,
    partition,
    offset: record.offset,
    timestampMs: record.timestamp < 0 ? null : record.timestamp,
    timestamp: known ? new Date(record.timestamp).toISOString() : null,
    bytes: record.sizeInBytes,
    key: readable(record.key, format),
    value: readable(record.value, format),
    headers: record.headers.map(({ key, value }) => ({ key, value: readable(value, format) })),
  };
}
