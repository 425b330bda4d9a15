import { RecordError } from '../error.ts';

/** One way to compress the records of a batch. Both directions are synchronous. */
export interface Codec {
  /** As in the attributes of a batch. */
  readonly id: number;
  /** Kafka's name, as in compression.type. */
  readonly name: string;
  compress(data: Buffer): Buffer;
  /**
   * Throws RecordError: 'corrupt-compression' for bytes that are no legal and complete stream, 'too-large' as soon as
   * the output would pass `limit` bytes. Memory stays proportional to the smaller of the output and the limit.
   */
  decompress(data: Buffer, limit: number): Buffer;
}

export function corrupt(codec: string, what: string, cause?: unknown): RecordError {
  return new RecordError('corrupt-compression', `${codec}: ${what}`, cause === undefined ? undefined : { cause });
}

export function tooLarge(codec: string, limit: number): RecordError {
  return new RecordError('too-large', `${codec}: the data grows beyond ${limit} bytes`);
}
