import * as coordinator from './coordinator/index.ts';
import {
  type Input,
  includes,
  ProtocolError,
  Reader,
  readMessage,
  type Value,
  Writer,
  writeMessage,
} from './schema/index.ts';

/**
 * The record types of `__consumer_offsets`. The int16 in front of a record's key is its type (it began life as a key
 * version); the int16 in front of its value is the value's version. 9 and 18 were partition metadata of share and
 * streams groups in early releases, and are gone.
 */
const TYPES = {
  LegacyOffsetCommit: {
    type: 0,
    key: coordinator.LegacyOffsetCommitKey,
    value: coordinator.LegacyOffsetCommitValue,
  },
  OffsetCommit: { type: 1, key: coordinator.OffsetCommitKey, value: coordinator.OffsetCommitValue },
  GroupMetadata: { type: 2, key: coordinator.GroupMetadataKey, value: coordinator.GroupMetadataValue },
  ConsumerGroupMetadata: {
    type: 3,
    key: coordinator.ConsumerGroupMetadataKey,
    value: coordinator.ConsumerGroupMetadataValue,
  },
  ConsumerGroupPartitionMetadata: {
    type: 4,
    key: coordinator.ConsumerGroupPartitionMetadataKey,
    value: coordinator.ConsumerGroupPartitionMetadataValue,
  },
  ConsumerGroupMemberMetadata: {
    type: 5,
    key: coordinator.ConsumerGroupMemberMetadataKey,
    value: coordinator.ConsumerGroupMemberMetadataValue,
  },
  ConsumerGroupTargetAssignmentMetadata: {
    type: 6,
    key: coordinator.ConsumerGroupTargetAssignmentMetadataKey,
    value: coordinator.ConsumerGroupTargetAssignmentMetadataValue,
  },
  ConsumerGroupTargetAssignmentMember: {
    type: 7,
    key: coordinator.ConsumerGroupTargetAssignmentMemberKey,
    value: coordinator.ConsumerGroupTargetAssignmentMemberValue,
  },
  ConsumerGroupCurrentMemberAssignment: {
    type: 8,
    key: coordinator.ConsumerGroupCurrentMemberAssignmentKey,
    value: coordinator.ConsumerGroupCurrentMemberAssignmentValue,
  },
  ShareGroupMemberMetadata: {
    type: 10,
    key: coordinator.ShareGroupMemberMetadataKey,
    value: coordinator.ShareGroupMemberMetadataValue,
  },
  ShareGroupMetadata: { type: 11, key: coordinator.ShareGroupMetadataKey, value: coordinator.ShareGroupMetadataValue },
  ShareGroupTargetAssignmentMetadata: {
    type: 12,
    key: coordinator.ShareGroupTargetAssignmentMetadataKey,
    value: coordinator.ShareGroupTargetAssignmentMetadataValue,
  },
  ShareGroupTargetAssignmentMember: {
    type: 13,
    key: coordinator.ShareGroupTargetAssignmentMemberKey,
    value: coordinator.ShareGroupTargetAssignmentMemberValue,
  },
  ShareGroupCurrentMemberAssignment: {
    type: 14,
    key: coordinator.ShareGroupCurrentMemberAssignmentKey,
    value: coordinator.ShareGroupCurrentMemberAssignmentValue,
  },
  ShareGroupStatePartitionMetadata: {
    type: 15,
    key: coordinator.ShareGroupStatePartitionMetadataKey,
    value: coordinator.ShareGroupStatePartitionMetadataValue,
  },
  ConsumerGroupRegularExpression: {
    type: 16,
    key: coordinator.ConsumerGroupRegularExpressionKey,
    value: coordinator.ConsumerGroupRegularExpressionValue,
  },
  StreamsGroupMetadata: {
    type: 17,
    key: coordinator.StreamsGroupMetadataKey,
    value: coordinator.StreamsGroupMetadataValue,
  },
  StreamsGroupMemberMetadata: {
    type: 19,
    key: coordinator.StreamsGroupMemberMetadataKey,
    value: coordinator.StreamsGroupMemberMetadataValue,
  },
  StreamsGroupTargetAssignmentMetadata: {
    type: 20,
    key: coordinator.StreamsGroupTargetAssignmentMetadataKey,
    value: coordinator.StreamsGroupTargetAssignmentMetadataValue,
  },
  StreamsGroupTargetAssignmentMember: {
    type: 21,
    key: coordinator.StreamsGroupTargetAssignmentMemberKey,
    value: coordinator.StreamsGroupTargetAssignmentMemberValue,
  },
  StreamsGroupCurrentMemberAssignment: {
    type: 22,
    key: coordinator.StreamsGroupCurrentMemberAssignmentKey,
    value: coordinator.StreamsGroupCurrentMemberAssignmentValue,
  },
  StreamsGroupTopology: {
    type: 23,
    key: coordinator.StreamsGroupTopologyKey,
    value: coordinator.StreamsGroupTopologyValue,
  },
} as const;

type Types = typeof TYPES;
export type CoordinatorRecordName = keyof Types;
export type CoordinatorKey<N extends CoordinatorRecordName> = Value<Types[N]['key']>;
export type CoordinatorValue<N extends CoordinatorRecordName> = Value<Types[N]['value']>;

/** A record that was understood. A `value` of null is a tombstone: what the key names is gone (`version` is null, too). */
export type KnownCoordinatorRecord<N extends CoordinatorRecordName = CoordinatorRecordName> = {
  readonly [K in N]: {
    readonly kind: K;
    readonly type: Types[K]['type'];
    readonly key: CoordinatorKey<K>;
    readonly version: number | null;
    readonly value: CoordinatorValue<K> | null;
  };
}[N];

/** A record of a newer Kafka: its type, or the version of its value, is not known here. */
export type UnknownCoordinatorRecord =
  | { readonly kind: 'unknown-type'; readonly type: number }
  | {
      readonly kind: 'unknown-version';
      readonly name: CoordinatorRecordName;
      readonly type: number;
      readonly key: CoordinatorKey<CoordinatorRecordName>;
      readonly version: number;
    };

export type CoordinatorRecord = KnownCoordinatorRecord | UnknownCoordinatorRecord;

const KEY_VERSION = 0;
const byType = new Map(Object.entries(TYPES).map(([name, entry]) => [entry.type as number, { name, ...entry }]));

/**
 * Decodes one record of `__consumer_offsets`. What a newer Kafka may have written is a value (`unknown-type`,
 * `unknown-version`), so that a replay steps over it and says so; bytes that do not hold what their type and version
 * promise, or more than that, are a ProtocolError.
 */
export function decodeCoordinatorRecord(key: Buffer | null, value: Buffer | null): CoordinatorRecord {
  if (key === null) throw new ProtocolError('unexpected-null', 'a coordinator record without a key');
  const keyReader = new Reader(key);
  const type = keyReader.int16();
  const entry = byType.get(type);
  if (entry === undefined) return { kind: 'unknown-type', type };
  const kind = entry.name as CoordinatorRecordName;
  const decodedKey = readMessage(entry.key, KEY_VERSION, keyReader);
  keyReader.finish();
  if (value === null) return known(kind, type, decodedKey, null, null);
  const valueReader = new Reader(value);
  const version = valueReader.int16();
  if (!includes(entry.value.versions, version)) {
    return { kind: 'unknown-version', name: kind, type, key: decodedKey, version };
  }
  const decodedValue = readMessage(entry.value, version, valueReader);
  valueReader.finish();
  return known(kind, type, decodedKey, version, decodedValue);
}

/** The one place where the table's correlation of name, key and value is stated to the compiler. */
function known(
  kind: CoordinatorRecordName,
  type: number,
  key: unknown,
  version: number | null,
  value: unknown,
): KnownCoordinatorRecord {
  return { kind, type, key, version, value } as KnownCoordinatorRecord;
}

/** A record's key: its type as int16, then the key's fields. */
export function encodeCoordinatorKey<N extends CoordinatorRecordName>(name: N, key: Input<Types[N]['key']>): Buffer {
  const entry = TYPES[name];
  const writer = new Writer(KEY_SIZE);
  writer.int16(entry.type);
  writeMessage(entry.key, KEY_VERSION, writer, key as never);
  return writer.toBuffer();
}

/**
 * A record's value: its version as int16, then the fields. Apache Kafka writes OffsetCommit at version 4 since 4.1 (3
 * before, 1 when a commit carries its own expiry), and GroupMetadata at version 3. A tombstone has no value at all.
 */
export function encodeCoordinatorValue<N extends CoordinatorRecordName>(
  name: N,
  version: number,
  value: Input<Types[N]['value']>,
): Buffer {
  const writer = new Writer();
  writer.int16(version);
  writeMessage(TYPES[name].value, version, writer, value as never);
  return writer.toBuffer();
}

const KEY_SIZE = 64;
