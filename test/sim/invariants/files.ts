import type { PartitionReplica } from '../../../src/broker/replica/replica.ts';
import { readCheckpoint } from '../../../src/log/checkpoint-file.ts';
import type { MemoryDisk } from '../../../src/log/memory-disk.ts';
import {
  baseOffset,
  batches,
  isValidCrc,
  lastOffset,
  maxTimestamp,
  partitionLeaderEpoch,
} from '../../../src/records/index.ts';

const INDEX_ENTRY = 8;
const TIME_ENTRY = 12;

/** What the files of one replica hold that cannot be, or null: batches, indexes and epochs against one another. */
export function checkFiles(disk: MemoryDisk, replica: PartitionReplica): string | null {
  const { directory } = replica.log;
  const bases = disk.list(directory).flatMap((name) => (name.endsWith('.log') ? [Number(name.slice(0, -4))] : []));
  let next = 0;
  let size = 0;
  for (const base of bases) {
    const path = (suffix: string): string => `${directory}/${String(base).padStart(20, '0')}${suffix}`;
    const bytes = readAll(disk, path('.log'));
    size += bytes.length;
    if (base < next) return `segment ${base} begins below ${next}, where the one before ends`;
    next = base;
    const positions = new Map<number, number>();
    const timestamps = new Map<number, number>();
    for (const { position, size: length } of batches(bytes)) {
      const first = baseOffset(bytes, position);
      const last = lastOffset(bytes, position);
      if (first < next) return `${path('.log')}: the batch at ${first} follows ${next}`;
      if (!isValidCrc(bytes, position)) return `${path('.log')}: the batch at ${first} has a wrong CRC`;
      const epoch = partitionLeaderEpoch(bytes, position);
      const known = replica.log.epochOf(first);
      // Epochs are known from the log's start on; one that a kill took back lies before them.
      const knownFrom = Math.max(replica.log.logStartOffset, replica.log.epochs[0]?.startOffset ?? 0);
      if (first >= knownFrom && epoch !== known) {
        return `${path('.log')}: the batch at ${first} is of epoch ${epoch}, where the epochs ${JSON.stringify(replica.log.epochs)} say ${known}`;
      }
      positions.set(position, last);
      timestamps.set(last, maxTimestamp(bytes, position));
      next = last + 1;
      if (position + length > bytes.length) return `${path('.log')}: a torn batch at ${first}`;
    }
    const problem =
      checkIndex(entriesOf(readAll(disk, path('.index')), INDEX_ENTRY), base, positions) ??
      checkTimeIndex(entriesOf(readAll(disk, path('.timeindex')), TIME_ENTRY), base, next);
    if (problem !== null) return `segment ${base} of ${directory}: ${problem}`;
  }
  if (next > replica.log.logEndOffset)
    return `${directory} goes on to ${next}, the log ends at ${replica.log.logEndOffset}`;
  if (size !== replica.log.size) return `${directory} has ${size} bytes, the log counts ${replica.log.size}`;
  return checkEpochs(disk, replica);
}

function checkIndex(entries: Buffer, base: number, positions: ReadonlyMap<number, number>): string | null {
  let before = -1;
  for (let at = 0; at < entries.length; at += INDEX_ENTRY) {
    const offset = base + entries.readInt32BE(at);
    const position = entries.readInt32BE(at + 4);
    if (positions.get(position) !== offset) return `the index has ${offset} at ${position}, where no batch ends so`;
    if (offset <= before) return `the index has ${offset} behind ${before}`;
    before = offset;
  }
  return null;
}

function checkTimeIndex(entries: Buffer, base: number, end: number): string | null {
  let timestamp = -1n;
  let offset = -1;
  for (let at = 0; at < entries.length; at += TIME_ENTRY) {
    const nextTimestamp = entries.readBigInt64BE(at);
    const nextOffset = base + entries.readInt32BE(at + 8);
    if (nextTimestamp < timestamp || nextOffset < offset) return `the time index goes back at ${nextOffset}`;
    if (nextOffset > end) return `the time index has ${nextOffset}, the segment ends at ${end}`;
    timestamp = nextTimestamp;
    offset = nextOffset;
  }
  return null;
}

function checkEpochs(disk: MemoryDisk, replica: PartitionReplica): string | null {
  const { epochs, directory, logEndOffset } = replica.log;
  let before = { epoch: -1, startOffset: -1 };
  for (const entry of epochs) {
    if (entry.epoch <= before.epoch || entry.startOffset <= before.startOffset) {
      return `${directory}: epoch ${entry.epoch} at ${entry.startOffset} behind ${before.epoch} at ${before.startOffset}`;
    }
    if (entry.startOffset > logEndOffset) return `${directory}: epoch ${entry.epoch} begins behind the log's end`;
    before = entry;
  }
  const path = `${directory}/leader-epoch-checkpoint`;
  const written = disk.exists(path) ? readCheckpoint(disk, path).map((line) => line.map(Number)) : [];
  const held = epochs.map(({ epoch, startOffset }) => [epoch, startOffset]);
  return JSON.stringify(written) === JSON.stringify(held)
    ? null
    : `${path} has ${JSON.stringify(written)}, the log knows ${JSON.stringify(held)}`;
}

/** Without the zeros at the end: a preallocated rest, or what a loss of power left there, is no entry. */
function entriesOf(file: Buffer, size: number): Buffer {
  let end = file.length - (file.length % size);
  while (end > 0 && file.subarray(end - size, end).every((byte) => byte === 0)) end -= size;
  return file.subarray(0, end);
}

function readAll(disk: MemoryDisk, path: string): Buffer {
  if (!disk.exists(path)) return Buffer.alloc(0);
  const file = disk.open(path);
  return file.read(0, file.size);
}
