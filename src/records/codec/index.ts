import { RecordError } from '../error.ts';
import type { Codec } from './codec.ts';
import { gzip } from './gzip.ts';
import { lz4 } from './lz4.ts';
import { snappy } from './snappy.ts';
import { zstd } from './zstd.ts';

const none: Codec = {
  id: 0,
  name: 'none',
  compress: (data) => data,
  decompress: (data) => data,
};

/** All codecs, by their id. */
export const codecs: readonly Codec[] = [none, gzip, snappy, lz4, zstd];

/** The codec with this id (the lowest three bits of `attributes`); RecordError('unknown-compression') for 5 to 7. */
export function codecOf(id: number): Codec {
  const codec = codecs[id];
  if (codec === undefined) throw new RecordError('unknown-compression', `compression id ${id}`);
  return codec;
}

/** Kafka's name of a codec; the number itself where there is none. */
export function codecName(id: number): string {
  return codecs[id]?.name ?? String(id);
}
