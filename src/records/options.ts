/**
 * Bytes that one compressed batch may grow to. Producers bound a batch by its compressed size (1 MiB by default), so
 * that legal batches stay far below, and a bomb costs this much memory at most.
 */
export const DEFAULT_DECOMPRESSION_LIMIT = 128 * 1024 * 1024;

export interface DecodeOptions {
  /** Bytes that a compressed batch may grow to (default DEFAULT_DECOMPRESSION_LIMIT); beyond it is RecordError('too-large'). */
  readonly limit?: number;
}
