import { decodeAssignment, decodeSubscription } from '../../protocol/consumer-protocol.ts';
import * as coordinator from '../../protocol/coordinator/index.ts';
import { decodeCoordinatorRecord, type KnownCoordinatorRecord } from '../../protocol/coordinator-record.ts';
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../protocol/data/index.ts';
import * as metadata from '../../protocol/metadata/index.ts';
import { decodeMetadataRecord } from '../../protocol/metadata-record.ts';
import { includes, type Message, ProtocolError, Reader, readMessage } from '../../protocol/schema/index.ts';
import * as share from '../../protocol/share/index.ts';
import * as transaction from '../../protocol/transaction/index.ts';
import type { DecoderName } from '../file-kind.ts';
import type { Json, JsonObject } from './json-text.ts';
import { messageJson } from './message-json.ts';

/** A record of one of Kafka's own topics, understood. */
export interface Decoded {
  /** Kafka's name of the kind of record: OffsetCommit, TransactionLog, RegisterBrokerRecord … */
  readonly kind: string;
  /** The number behind `kind`. */
  readonly type: number;
  /** Null where such records have no key. */
  readonly key: JsonObject | null;
  /** Of the value's format; null for a tombstone. */
  readonly version: number | null;
  readonly value: JsonObject | null;
}

/** A record that is not understood: of a newer Kafka, or damaged. */
export interface Undecoded {
  readonly problem: 'unknown-type' | 'undecodable';
  readonly type: number | null;
  readonly message: string;
}

interface Bytes {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export type Decoder = (record: Bytes) => Decoded | Undecoded;

/** The decoder of that name; null for records that say nothing of their format. */
export function decoderOf(name: DecoderName): Decoder | null {
  return DECODE[name];
}

const DECODE: Readonly<Record<DecoderName, Decoder | null>> = {
  none: null,
  offsets: guarded(decodeOffsets),
  transactions: guarded((record) =>
    decodeKeyed(record, [['TransactionLog', transaction.TransactionLogKey, transaction.TransactionLogValue]]),
  ),
  'share-state': guarded((record) =>
    decodeKeyed(record, [
      ['ShareSnapshot', share.ShareSnapshotKey, share.ShareSnapshotValue],
      ['ShareUpdate', share.ShareUpdateKey, share.ShareUpdateValue],
    ]),
  ),
  metadata: guarded(decodeMetadata),
};

/** Damage becomes a value: one bad record never ends a dump. */
function guarded(decode: Decoder): Decoder {
  return (record) => {
    try {
      return decode(record);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { problem: 'undecodable', type: null, message: error.message };
    }
  };
}

const COORDINATOR = coordinator as unknown as Readonly<Record<string, Message>>;
const METADATA = metadata as unknown as Readonly<Record<string, Message>>;

function decodeOffsets(record: Bytes): Decoded | Undecoded {
  const decoded = decodeCoordinatorRecord(record.key, record.value);
  if (decoded.kind === 'unknown-type') {
    return { problem: 'unknown-type', type: decoded.type, message: `unknown record type ${decoded.type}` };
  }
  if (decoded.kind === 'unknown-version') {
    const message = `${decoded.name} value of unknown version ${decoded.version}`;
    return { problem: 'undecodable', type: decoded.type, message };
  }
  return {
    kind: decoded.kind,
    type: decoded.type,
    key: schemaJson(COORDINATOR[`${decoded.kind}Key`], 0, decoded.key, record.key),
    version: decoded.version,
    value: coordinatorValue(decoded, record.value),
  };
}

function coordinatorValue(decoded: KnownCoordinatorRecord, bytes: Buffer | null): JsonObject | null {
  if (decoded.value === null || decoded.version === null) return null;
  const json = schemaJson(COORDINATOR[`${decoded.kind}Value`], decoded.version, decoded.value, bytes);
  if (decoded.kind !== 'GroupMetadata' || decoded.value.protocolType !== 'consumer') return json;
  const members = decoded.value.members.map((member, index) => ({
    ...((json['members'] as readonly JsonObject[])[index] ?? {}),
    ...embedded('subscription', member.subscription, decodeSubscription, ConsumerProtocolSubscription),
    ...embedded('assignment', member.assignment, decodeAssignment, ConsumerProtocolAssignment),
  }));
  return { ...json, members };
}

/** What consumers told each other through the group; bytes that are something else stay as they are. */
function embedded(
  name: string,
  bytes: Buffer,
  decode: (bytes: Buffer) => ({ readonly version: number } & object) | null,
  message: Message,
): Record<string, Json> {
  try {
    const decoded = decode(bytes);
    if (decoded === null) return {};
    const version = Math.min(decoded.version, message.versions.max);
    return { [name]: messageJson(message, version, decoded, bytes) };
  } catch (error) {
    if (error instanceof ProtocolError) return {};
    throw error;
  }
}

type KeyedType = readonly [kind: string, key: Message, value: Message];

/** Records whose key begins with its type, and whose value begins with its version, each an int16. */
function decodeKeyed(record: Bytes, types: readonly KeyedType[]): Decoded | Undecoded {
  if (record.key === null) throw new ProtocolError('unexpected-null', 'a record without a key');
  const key = new Reader(record.key);
  const type = key.int16();
  const known = types[type];
  if (known === undefined) return { problem: 'unknown-type', type, message: `unknown record type ${type}` };
  const [kind, keyMessage, valueMessage] = known;
  const keyJson = messageJson(keyMessage, 0, readMessage(keyMessage, 0, key), record.key);
  key.finish();
  if (record.value === null) return { kind, type, key: keyJson, version: null, value: null };
  const reader = new Reader(record.value);
  const version = reader.int16();
  if (!includes(valueMessage.versions, version)) {
    return { problem: 'undecodable', type, message: `${kind} value of unknown version ${version}` };
  }
  const value = messageJson(valueMessage, version, readMessage(valueMessage, version, reader), record.value);
  reader.finish();
  return { kind, type, key: keyJson, version, value };
}

function decodeMetadata(record: Bytes): Decoded | Undecoded {
  if (record.value === null) throw new ProtocolError('unexpected-null', 'a metadata record without a value');
  const decoded = decodeMetadataRecord(record.value);
  if (decoded.kind === 'unknown') {
    const message = `metadata record of unknown type ${decoded.apiKey} or version ${decoded.version}`;
    return { problem: 'unknown-type', type: decoded.apiKey, message };
  }
  const { kind, apiKey: type, version } = decoded;
  return { kind, type, key: null, version, value: schemaJson(METADATA[kind], version, decoded.value, record.value) };
}

function schemaJson(message: Message | undefined, version: number, value: object, bytes: Buffer | null): JsonObject {
  if (message === undefined) throw new ProtocolError('unsupported-version', 'a record without a schema');
  return messageJson(message, version, value, bytes ?? Buffer.alloc(0));
}
