/** How bad a finding is: data that cannot be read (or is read wrongly), something that does not fit, or a thing to know. */
export const SEVERITIES = ['corrupt', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What can be wrong in a log directory: its meaning for readers, and what to do about it. */
interface Code {
  readonly severity: Severity;
  readonly title: string;
  readonly meaning: string;
  readonly action: string;
}

const SALVAGE =
  'where another replica is in sync, stop the broker, move the directory away and let it fetch the partition; else: kmedic segments salvage';
const REBUILD = 'while the broker is stopped, delete this file: the broker builds it again from the log when it starts';

export const CODES = {
  'SEG-01': {
    severity: 'corrupt',
    title: 'torn batch at the end of the log',
    meaning: 'the last write did not finish; a broker that starts cuts these bytes off, records before them are whole',
    action: 'start the broker after an unclean stop and it recovers; behind a clean stop, compare with another replica',
  },
  'SEG-02': {
    severity: 'corrupt',
    title: 'CRC does not match',
    meaning: 'the bytes are not those that were written; a consumer stops here with CorruptRecordException',
    action: SALVAGE,
  },
  'SEG-03': {
    severity: 'corrupt',
    title: 'bytes that are no batch',
    meaning: 'a length, a format or more is destroyed; readers stop here and do not reach what lies behind',
    action: SALVAGE,
  },
  'SEG-04': {
    severity: 'corrupt',
    title: 'zeros where batches should be',
    meaning: 'space was allocated and never written (a preallocated file, a hole, a lost page cache)',
    action:
      'at the end of the active segment a broker cuts them off when it starts; elsewhere: kmedic segments salvage',
  },
  'SEG-05': {
    severity: 'corrupt',
    title: 'offsets go back',
    meaning: 'a batch begins at or before the end of the one before it; readers see records twice, or skip them',
    action: SALVAGE,
  },
  'SEG-06': {
    severity: 'corrupt',
    title: 'the file begins before its name',
    meaning: 'a log is named by the lowest offset it may hold; it was renamed, or its first batch is damaged',
    action: 'compare with another replica before anything is renamed',
  },
  'SEG-07': {
    severity: 'warning',
    title: 'offsets are missing',
    meaning: 'there is no record with these offsets; compaction makes such holes, nothing else should',
    action:
      'if the topic was never compacted, these records are lost here: compare with another replica (segments diff)',
  },
  'SEG-08': {
    severity: 'corrupt',
    title: 'records do not fit their batch',
    meaning: 'the checksum fits, but count, lengths or offsets of the records do not: a broken client wrote it',
    action: 'consumers fail here: let them seek behind the last offset of the batch',
  },
  'SEG-09': {
    severity: 'corrupt',
    title: 'compressed records cannot be decompressed',
    meaning: 'the checksum fits, but the compressed bytes are no legal stream, or belong to no known codec',
    action: 'consumers fail here: let them seek behind the last offset of the batch',
  },
  'SEG-10': {
    severity: 'warning',
    title: 'timestamps do not fit',
    meaning:
      'the largest timestamp of the batch is not that of its records, or lies far in the future: retention and look-up by time go by it',
    action: 'a timestamp in the future keeps the segment from being deleted: see segments stats',
  },
  'SEG-11': {
    severity: 'warning',
    title: 'sequence of a producer does not go on',
    meaning: 'batches of an idempotent producer are missing between these two, or its state had expired in between',
    action: 'look for lost batches before it: kmedic segments find --producer',
  },
  'SEG-12': {
    severity: 'corrupt',
    title: 'sequence or epoch of a producer goes back',
    meaning: 'the same records may be in the log twice, or a fenced producer could write',
    action: 'compare with another replica: kmedic segments diff',
  },
  'SEG-13': {
    severity: 'corrupt',
    title: 'leader epoch goes back',
    meaning:
      'a batch of an older leader lies behind one of a newer leader; replicas will disagree on where to truncate',
    action: 'compare with another replica: kmedic segments diff',
  },
  'SEG-14': {
    severity: 'note',
    title: 'open transaction',
    meaning: 'neither committed nor aborted where the log ends; read_committed consumers wait before it',
    action: 'nothing, when the broker was stopped in the middle of one: the coordinator ends it after the restart',
  },
  'SEG-15': {
    severity: 'warning',
    title: 'hanging transaction',
    meaning:
      'open, though the log went on for longer than any transaction may last; read_committed consumers are stuck',
    action: 'with the broker up: kafka-transactions.sh find-hanging, then abort',
  },
  'SEG-16': {
    severity: 'corrupt',
    title: 'offset index disagrees with the log',
    meaning: 'an entry does not point at the batch that it names; reads by offset may fail or miss records',
    action: REBUILD,
  },
  'SEG-17': {
    severity: 'corrupt',
    title: 'index ends within an entry',
    meaning: 'its size is no multiple of an entry; the broker refuses it and builds it again',
    action: REBUILD,
  },
  'SEG-18': {
    severity: 'note',
    title: 'preallocated index',
    meaning: 'the segment was the active one when the broker stopped without closing it',
    action: 'nothing: the broker trims it when it starts',
  },
  'SEG-19': {
    severity: 'corrupt',
    title: 'time index disagrees with the log',
    meaning: 'an entry has another timestamp than the log, or points elsewhere; look-up by time gives wrong offsets',
    action: REBUILD,
  },
  'SEG-20': {
    severity: 'corrupt',
    title: 'transaction index disagrees with the log',
    meaning: 'read_committed consumers see aborted records, or lose committed ones',
    action: REBUILD,
  },
  'SEG-21': {
    severity: 'corrupt',
    title: 'producer snapshot is damaged',
    meaning: 'its checksum, size or version is wrong; the broker throws it away and reads the log instead',
    action: 'nothing: the broker deletes it when it starts, at the price of a longer start',
  },
  'SEG-22': {
    severity: 'warning',
    title: 'producer snapshot disagrees with the log',
    meaning: 'duplicates may be accepted, or good batches refused, after a restart that reads it',
    action:
      'while the broker is stopped, delete the .snapshot files of the partition: they are built again from the log',
  },
  'SEG-23': {
    severity: 'warning',
    title: 'leader epochs disagree with the log',
    meaning:
      'followers ask where an epoch ended in order to truncate: with a wrong answer they cut too much or too little',
    action: 'while the broker is stopped, delete leader-epoch-checkpoint: it is built again from the log',
  },
  'SEG-24': {
    severity: 'corrupt',
    title: 'checkpoint file cannot be read',
    meaning: 'it does not follow the format; a broker refuses the log directory or starts as if it were empty',
    action: 'restore it, or delete it while the broker is stopped: offsets are then found again from the logs',
  },
  'SEG-25': {
    severity: 'warning',
    title: 'checkpoint lies outside the log',
    meaning: 'the file promises an offset that the log does not have: its tail may be lost',
    action: 'compare the end of the log with the other replicas before the broker is started',
  },
  'SEG-26': {
    severity: 'corrupt',
    title: 'file cannot be understood',
    meaning: 'its content is not what its name promises',
    action: 'restore it from another replica or a backup',
  },
  'SEG-27': {
    severity: 'warning',
    title: 'index is missing',
    meaning: 'the log has none beside it',
    action: 'nothing: the broker builds it when it starts',
  },
  'SEG-28': {
    severity: 'corrupt',
    title: 'segments overlap',
    meaning: 'two files claim the same offsets: a crash in the middle of compaction, or files of two logs mixed',
    action: 'compare with another replica before anything is deleted',
  },
  'SEG-29': {
    severity: 'note',
    title: 'left-over file',
    meaning: 'marked for deletion, or the unfinished work of the log cleaner; not part of the log',
    action: 'nothing: the broker removes or finishes it when it starts',
  },
  'SEG-30': {
    severity: 'corrupt',
    title: 'cannot be read',
    meaning: 'it is no file, or the operating system refuses it',
    action:
      'see what lies there, who may read it (ls -l), and whether the device is well; the other files were still looked at',
  },
  'SEG-31': {
    severity: 'note',
    title: 'changed while it was read',
    meaning: 'a broker writes to it: what is said about its end may be out of date',
    action: 'run it again, or stop the broker first',
  },
  'SEG-32': {
    severity: 'warning',
    title: 'batch too large to be checked',
    meaning: 'more than 64 MiB: it was stepped over, its checksum was not compared',
    action: 'look at the producer: max.request.size and message.max.bytes are 1 MiB by default',
  },
  'SEG-33': {
    severity: 'note',
    title: 'unknown file',
    meaning: 'not a name that Kafka uses here',
    action: 'nothing; Kafka ignores it too (a log by another name: kmedic segments verify - < FILE)',
  },
} as const satisfies Readonly<Record<string, Code>>;

export type FindingCode = keyof typeof CODES;

/** One thing found, with its place. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly file: string;
  /** Byte in the file, or null where the file as a whole is meant. */
  readonly position: number | null;
  /** Bytes concerned, from `position` on. */
  readonly length: number | null;
  /** Offsets concerned, first and last, or null. */
  readonly offsets: readonly [number, number] | null;
  /** What was seen. */
  readonly detail: string;
}

export interface FindingPlace {
  readonly position?: number;
  readonly length?: number;
  readonly offsets?: readonly [number, number];
  readonly severity?: Severity;
}

export function finding(code: FindingCode, file: string, detail: string, place: FindingPlace = {}): Finding {
  return {
    code,
    severity: place.severity ?? CODES[code].severity,
    file,
    position: place.position ?? null,
    length: place.length ?? null,
    offsets: place.offsets ?? null,
    detail,
  };
}
