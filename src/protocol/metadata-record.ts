import * as metadata from './metadata/index.ts';
import {
  type Input,
  includes,
  type Message,
  ProtocolError,
  Reader,
  readMessage,
  type Value,
  Writer,
  writeMessage,
} from './schema/index.ts';

/** The records of `__cluster_metadata` by their API key, which is a number space of its own. */
const TYPES = {
  RegisterBrokerRecord: { apiKey: 0, message: metadata.RegisterBrokerRecord },
  UnregisterBrokerRecord: { apiKey: 1, message: metadata.UnregisterBrokerRecord },
  TopicRecord: { apiKey: 2, message: metadata.TopicRecord },
  PartitionRecord: { apiKey: 3, message: metadata.PartitionRecord },
  ConfigRecord: { apiKey: 4, message: metadata.ConfigRecord },
  PartitionChangeRecord: { apiKey: 5, message: metadata.PartitionChangeRecord },
  FenceBrokerRecord: { apiKey: 7, message: metadata.FenceBrokerRecord },
  UnfenceBrokerRecord: { apiKey: 8, message: metadata.UnfenceBrokerRecord },
  RemoveTopicRecord: { apiKey: 9, message: metadata.RemoveTopicRecord },
  DelegationTokenRecord: { apiKey: 10, message: metadata.DelegationTokenRecord },
  UserScramCredentialRecord: { apiKey: 11, message: metadata.UserScramCredentialRecord },
  FeatureLevelRecord: { apiKey: 12, message: metadata.FeatureLevelRecord },
  ClientQuotaRecord: { apiKey: 14, message: metadata.ClientQuotaRecord },
  ProducerIdsRecord: { apiKey: 15, message: metadata.ProducerIdsRecord },
  BrokerRegistrationChangeRecord: { apiKey: 17, message: metadata.BrokerRegistrationChangeRecord },
  AccessControlEntryRecord: { apiKey: 18, message: metadata.AccessControlEntryRecord },
  RemoveAccessControlEntryRecord: { apiKey: 19, message: metadata.RemoveAccessControlEntryRecord },
  NoOpRecord: { apiKey: 20, message: metadata.NoOpRecord },
  ZkMigrationStateRecord: { apiKey: 21, message: metadata.ZkMigrationStateRecord },
  RemoveUserScramCredentialRecord: { apiKey: 22, message: metadata.RemoveUserScramCredentialRecord },
  BeginTransactionRecord: { apiKey: 23, message: metadata.BeginTransactionRecord },
  EndTransactionRecord: { apiKey: 24, message: metadata.EndTransactionRecord },
  AbortTransactionRecord: { apiKey: 25, message: metadata.AbortTransactionRecord },
  RemoveDelegationTokenRecord: { apiKey: 26, message: metadata.RemoveDelegationTokenRecord },
  RegisterControllerRecord: { apiKey: 27, message: metadata.RegisterControllerRecord },
  ClearElrRecord: { apiKey: 28, message: metadata.ClearElrRecord },
} as const;

type Types = typeof TYPES;
export type MetadataRecordName = keyof Types;

/** A record that was understood, told apart by `kind`. */
export type KnownMetadataRecord<N extends MetadataRecordName = MetadataRecordName> = {
  readonly [K in N]: {
    readonly kind: K;
    readonly apiKey: Types[K]['apiKey'];
    readonly version: number;
    readonly value: Value<Types[K]['message']>;
  };
}[N];

/** A record of a newer controller: its API key, or its version, is not known here. */
export type UnknownMetadataRecord = { readonly kind: 'unknown'; readonly apiKey: number; readonly version: number };

export type MetadataRecord = KnownMetadataRecord | UnknownMetadataRecord;

const FRAME_VERSION = 1;
const byKey = new Map<number, { name: string; message: Message }>(
  Object.entries(TYPES).map(([name, entry]) => [entry.apiKey, { name, message: entry.message }]),
);

/** The API key of a metadata record, by its name. */
export function metadataApiKey<N extends MetadataRecordName>(name: N): Types[N]['apiKey'] {
  return TYPES[name].apiKey;
}

/**
 * The value of one record of `__cluster_metadata` (such records have no key): frame version, API key and version as
 * unsigned varints, then the body. Throws ProtocolError where the key does not belong to the message.
 */
export function encodeMetadataRecord<M extends Message>(
  message: M,
  apiKey: number,
  version: number,
  value: Input<M>,
): Buffer {
  if (byKey.get(apiKey)?.message !== (message as Message)) {
    throw new ProtocolError('unrepresentable', `metadata API key ${apiKey} belongs to another record`);
  }
  const writer = new Writer();
  writer.uvarint(FRAME_VERSION);
  writer.uvarint(apiKey);
  writer.uvarint(version);
  writeMessage(message, version, writer, value);
  return writer.toBuffer();
}

/**
 * Decodes the value of one record of `__cluster_metadata`. An unknown key or version is a value, so that a reader can
 * step over what a newer controller wrote; another frame version, or bytes that break the schema, are a ProtocolError.
 */
export function decodeMetadataRecord(buffer: Buffer): MetadataRecord {
  const reader = new Reader(buffer);
  const frameVersion = reader.uvarint();
  if (frameVersion !== FRAME_VERSION) {
    throw new ProtocolError(
      'unsupported-version',
      `metadata frame version ${frameVersion}, only ${FRAME_VERSION} is known`,
    );
  }
  const apiKey = reader.uvarint();
  const version = reader.uvarint();
  const entry = byKey.get(apiKey);
  if (entry === undefined || !includes(entry.message.versions, version)) return { kind: 'unknown', apiKey, version };
  const value = readMessage(entry.message, version, reader);
  reader.finish();
  return { kind: entry.name, apiKey, version, value } as KnownMetadataRecord;
}
