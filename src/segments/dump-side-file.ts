import { CheckpointError } from '../log/checkpoint-file.ts';
import { MetaPropertiesError, parseMetaProperties } from '../log/meta-properties.ts';
import { parsePartitionMetadata } from '../log/partition-metadata.ts';
import { decodeProducerSnapshot, type ProducerSnapshotEntry } from '../log/producer-snapshot.ts';
import { type FileKind, fileKind } from './file-kind.ts';
import { type Finding, finding } from './findings.ts';
import {
  type IndexContent,
  readLeaderEpochs,
  readOffsetCheckpoint,
  readOffsetIndex,
  readTimeIndex,
  readTransactionIndex,
} from './side-files.ts';

/** One entry of a file beside a log, by field name. */
export type SideEntry = Readonly<Record<string, string | number | null>>;

export interface SideContent {
  readonly entries: Iterable<SideEntry>;
  readonly findings: readonly Finding[];
}

/** Reads a file that is no log, from its bytes alone. What is wrong with it is a finding; what can be read is there. */
export function readSideFile(path: string, bytes: Buffer): SideContent {
  const kind = fileKind(path);
  try {
    return READ[kind.type]?.(path, bytes, kind) ?? { entries: [], findings: [finding('SEG-33', path, 'not read')] };
  } catch (error) {
    if (error instanceof CheckpointError)
      return nothing(finding('SEG-24', path, error.message.replace(`${path}: `, '')));
    if (error instanceof MetaPropertiesError) return nothing(finding('SEG-26', path, error.message));
    throw error;
  }
}

type Read = (path: string, bytes: Buffer, kind: FileKind) => SideContent;

const READ: Readonly<Partial<Record<FileKind['type'], Read>>> = {
  'offset-index': (path, bytes, kind) => index(path, readOffsetIndex(bytes, kind.offset ?? 0), asEntry),
  'time-index': (path, bytes, kind) => index(path, readTimeIndex(bytes, kind.offset ?? 0), asEntry),
  'transaction-index': (path, bytes) => index(path, readTransactionIndex(bytes), asEntry),
  'producer-snapshot': (path, bytes) => {
    const producers = decodeProducerSnapshot(bytes);
    if (producers === null) {
      const place = { position: 0, length: bytes.length };
      return nothing(finding('SEG-21', path, `${bytes.length} bytes that are no sound snapshot`, place));
    }
    return { entries: producers.map(producerEntry), findings: [] };
  },
  'leader-epoch-checkpoint': (path, bytes) => ({
    entries: readLeaderEpochs(bytes.toString(), path).map(asEntry),
    findings: [],
  }),
  'offset-checkpoint': (path, bytes) => ({
    entries: readOffsetCheckpoint(bytes.toString(), path).map(asEntry),
    findings: [],
  }),
  'partition-metadata': (path, bytes) => {
    const topicId = parsePartitionMetadata(bytes.toString());
    if (topicId === null) return nothing(finding('SEG-26', path, 'no topic id in it'));
    return { entries: [{ topicId }], findings: [] };
  },
  'meta-properties': (_, bytes) => {
    const { clusterId, nodeId, directoryId } = parseMetaProperties(bytes.toString());
    return { entries: [{ clusterId, nodeId, directoryId }], findings: [] };
  },
  'quorum-state': jsonFile,
  'clean-shutdown': (path, bytes) => (bytes.length === 0 ? { entries: [], findings: [] } : jsonFile(path, bytes)),
};

function nothing(...findings: readonly Finding[]): SideContent {
  return { entries: [], findings };
}

function asEntry(entry: object): SideEntry {
  return { ...entry } as SideEntry;
}

/** An index as far as it can be judged without its log. */
function index<T extends object>(path: string, content: IndexContent<T>, entry: (each: T) => SideEntry): SideContent {
  const entries = {
    *[Symbol.iterator](): Generator<SideEntry, void, void> {
      for (const each of content) yield entry(each);
    },
  };
  return { entries, findings: indexSizeFindings(path, content) };
}

export function indexSizeFindings(path: string, content: IndexContent<unknown>): Finding[] {
  const { length, entrySize, preallocated, ragged } = content;
  const used = length * entrySize;
  const found: Finding[] = [];
  if (ragged > 0) {
    const place = { position: used + preallocated, length: ragged };
    found.push(finding('SEG-17', path, `${ragged} bytes behind the last whole entry`, place));
  }
  if (preallocated > 0) {
    const detail = `${preallocated} bytes of zeros behind ${length} entries in use`;
    found.push(finding('SEG-18', path, detail, { position: used, length: preallocated }));
  }
  return found;
}

/** Sequences wrap from 2^31 - 1 to 0. */
function producerEntry(entry: ProducerSnapshotEntry): SideEntry {
  const first = entry.lastSequence - entry.offsetDelta;
  const known = entry.lastOffset >= 0;
  return {
    producerId: entry.producerId,
    producerEpoch: entry.producerEpoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    currentTxnFirstOffset: entry.currentTxnFirstOffset < 0 ? null : entry.currentTxnFirstOffset,
    lastTimestamp: entry.timestamp,
    firstSequence: known ? (first < 0 ? first + 0x8000_0000 : first) : null,
    lastSequence: known ? entry.lastSequence : null,
    lastOffset: known ? entry.lastOffset : null,
    offsetDelta: known ? entry.offsetDelta : null,
  };
}

function jsonFile(path: string, bytes: Buffer): SideContent {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return nothing(finding('SEG-26', path, 'no JSON'));
    throw error;
  }
  if (typeof json !== 'object' || json === null) return nothing(finding('SEG-26', path, 'no JSON object'));
  const entries = Object.entries(json).map(([name, value]) => [
    name,
    typeof value === 'string' || typeof value === 'number' || value === null ? value : JSON.stringify(value),
  ]);
  return { entries: [Object.fromEntries(entries) as SideEntry], findings: [] };
}
