/** Names of the files of one partition: the offset that the file begins with (or ends before), in twenty digits. */

export const LOG_SUFFIX = '.log';
export const INDEX_SUFFIX = '.index';
export const TIME_INDEX_SUFFIX = '.timeindex';
export const TXN_INDEX_SUFFIX = '.txnindex';
export const INDEX_SUFFIXES = [INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX] as const;
/** The files of a segment. Where several are renamed, the `.log` is the last, and the one that counts. */
export const SEGMENT_SUFFIXES = [...INDEX_SUFFIXES, LOG_SUFFIX] as const;
/** Producer snapshots are named by the offset behind the last record that they know of. */
export const SNAPSHOT_SUFFIX = '.snapshot';
export const LEADER_EPOCH_CHECKPOINT = 'leader-epoch-checkpoint';
export const PARTITION_METADATA = 'partition.metadata';
/** What a crash may leave of files that were being deleted, compacted or replaced. */
export const DELETED_SUFFIX = '.deleted';
export const CLEANED_SUFFIX = '.cleaned';
export const SWAP_SUFFIX = '.swap';
export const TEMPORARY_SUFFIX = '.tmp';

const OFFSET_NAME = /^(\d{20})(\.[a-z]+)$/;

/** `00000000000000000042.log` for (42, '.log'). */
export function fileName(offset: number, suffix: string): string {
  return String(offset).padStart(20, '0') + suffix;
}

/** The offset in a file name with this suffix, or null where the name is another one. */
export function offsetOf(name: string, suffix: string): number | null {
  const match = OFFSET_NAME.exec(name);
  return match !== null && match[2] === suffix ? Number(match[1]) : null;
}
