import * as messages from '../../protocol/metadata/index.ts';
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type KnownMetadataRecord,
  type MetadataRecord,
  type MetadataRecordName,
  metadataApiKey,
} from '../../protocol/metadata-record.ts';
import { type Input, type Message, ZERO_UUID } from '../../protocol/schema/index.ts';
import { batches, encodeBatch, isControl, records } from '../../records/index.ts';

/** The records that are written here, in the versions of metadata.version 4.3 (as far as they say more than older ones). */
const WRITTEN = {
  RegisterBrokerRecord: { message: messages.RegisterBrokerRecord, version: 3 },
  BrokerRegistrationChangeRecord: { message: messages.BrokerRegistrationChangeRecord, version: 2 },
  TopicRecord: { message: messages.TopicRecord, version: 0 },
  RemoveTopicRecord: { message: messages.RemoveTopicRecord, version: 0 },
  PartitionRecord: { message: messages.PartitionRecord, version: 2 },
  PartitionChangeRecord: { message: messages.PartitionChangeRecord, version: 2 },
  ConfigRecord: { message: messages.ConfigRecord, version: 0 },
  ClearElrRecord: { message: messages.ClearElrRecord, version: 0 },
  ProducerIdsRecord: { message: messages.ProducerIdsRecord, version: 0 },
  FeatureLevelRecord: { message: messages.FeatureLevelRecord, version: 0 },
  BeginTransactionRecord: { message: messages.BeginTransactionRecord, version: 0 },
  EndTransactionRecord: { message: messages.EndTransactionRecord, version: 0 },
} as const satisfies { readonly [N in MetadataRecordName]?: { message: Message; version: number } };

type Written = typeof WRITTEN;

/** The log directory of a replica that its broker has not placed yet. */
export const DIRECTORY_UNASSIGNED = ZERO_UUID;

/** A record that is about to be written, with its bytes. */
export interface PendingRecord {
  readonly record: MetadataRecord;
  readonly bytes: Buffer;
}

/** Makes a record from the fields that matter; the others take Kafka's defaults. */
export function pending<N extends keyof Written>(name: N, value: Input<Written[N]['message']>): PendingRecord {
  const { message, version }: { message: Message; version: number } = WRITTEN[name];
  const bytes = encodeMetadataRecord(message, metadataApiKey(name), version, value as Input<Message>);
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
