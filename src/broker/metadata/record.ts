import * as messages from '../../protocol/metadata/index.ts';
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type KnownMetadataRecord,
  type MetadataRecord,
  type MetadataRecordName,
  metadataApiKey,
} from '../../protocol/metadata-record.ts';
import type { Input } from '../../protocol/schema/index.ts';
import { batches, encodeBatch, isControl, records } from '../../records/index.ts';

/** The versions that are written, as Kafka writes them at the metadata version that this broker finalizes. */
const WRITTEN: { readonly [N in MetadataRecordName]?: number } = {
  RegisterBrokerRecord: 3,
  PartitionRecord: 2,
  PartitionChangeRecord: 2,
  BrokerRegistrationChangeRecord: 2,
};

type Messages = typeof messages;

/** A record that is about to be written, with its bytes. */
export interface PendingRecord {
  readonly record: MetadataRecord;
  readonly bytes: Buffer;
}

/** Makes a record from the fields that matter; the others take Kafka's defaults. */
export function pending<N extends MetadataRecordName>(name: N, value: Input<Messages[N]>): PendingRecord {
  const bytes = encodeMetadataRecord(messages[name], metadataApiKey(name), WRITTEN[name] ?? 0, value as never);
  return { record: decodeMetadataRecord(bytes), bytes };
}

/** Whether a pending record is of a kind, which narrows its value. */
export function isKind<N extends MetadataRecordName>(
  record: MetadataRecord,
  name: N,
): record is KnownMetadataRecord & { readonly kind: N } {
  return record.kind === name;
}

/** One batch of metadata records: what it holds happens as a whole, or not at all. */
export function metadataBatch(
  entries: readonly PendingRecord[],
  baseOffset: number,
  epoch: number,
  timestamp: number,
): Buffer {
  return encodeBatch({
    records: entries.map((entry) => ({ value: entry.bytes })),
    baseOffset,
    partitionLeaderEpoch: epoch,
    timestamp,
  });
}

/** Walks over the records of whole batches; control batches count as offsets without a record. */
export function* metadataRecords(buffer: Buffer): Generator<{ offset: number; record: MetadataRecord | null }> {
  for (const span of batches(buffer)) {
    const control = isControl(buffer, span.position);
    for (const record of records(buffer, span.position)) {
      const isMetadata = !control && record.value !== null;
      yield { offset: record.offset, record: isMetadata && record.value ? decodeMetadataRecord(record.value) : null };
    }
  }
}
