import {
  baseOffset,
  baseSequence,
  batchSize,
  codecName,
  compression,
  crc32,
  isControl,
  isTransactional,
  type KafkaRecord,
  lastOffset,
  lastSequence,
  MESSAGE_CRC_AT,
  magic,
  maxTimestamp,
  partitionLeaderEpoch,
  producerEpoch,
  producerId,
  recordsCount,
  storedCrc,
  timestampType,
  uint32,
} from '../records/index.ts';
import { deleteHorizon } from './batch-row.ts';
import type { Control } from './decode/control.ts';
import type { Decoded, Undecoded } from './decode/decoders.ts';
import { compactJson, type JsonObject } from './decode/json-text.ts';

/*
 * Lines as Apache Kafka's own dump tool (kafka-dump-log.sh of 4.x, and of 3.8 and 3.9) prints them, for scripts that read those.
 */

/** The line of a batch, or of a v0/v1 message, that lies at `at` in the buffer and at `position` in the file. */
export function kafkaBatchLine(buffer: Buffer, at: number, position: number, valid: boolean): string {
  const format = magic(buffer, at);
  const last = lastOffset(buffer, at);
  // A header is enough, whatever the format: what a damaged batch holds need not be readable.
  const head =
    format < 2
      ? `offset: ${last}`
      : `baseOffset: ${baseOffset(buffer, at)} lastOffset: ${last} count: ${recordsCount(buffer, at)} baseSequence: ${baseSequence(buffer, at)} lastSequence: ${lastSequence(buffer, at)} producerId: ${producerId(buffer, at)} producerEpoch: ${producerEpoch(buffer, at)} partitionLeaderEpoch: ${partitionLeaderEpoch(buffer, at)} isTransactional: ${isTransactional(buffer, at)} isControl: ${isControl(buffer, at)} deleteHorizonMs: ${optionalLong(deleteHorizon(buffer, at))}`;
  return `${head} position: ${position} ${timestampType(buffer, at)}: ${maxTimestamp(buffer, at)} size: ${batchSize(buffer, at)} magic: ${format} compresscodec: ${codecName(compression(buffer, at))} crc: ${storedCrc(buffer, at)} isvalid: ${valid}\n`;
}

/** How records are printed. */
export interface KafkaRecordStyle {
  /** Keys and payloads too. */
  readonly contents: boolean;
  /** Nothing but keys and payloads. */
  readonly skipMetadata: boolean;
  /**
   * As the tool of 3.8 and 3.9: a brace behind v0 and v1 records, a blank behind a producer of which no batch is known, and
   * nothing of what a new leader's record says.
   */
  readonly as39: boolean;
  /** Texts of keys and values that no decoder is for; UTF-8 where there is none. */
  readonly keyText?: ((bytes: Buffer) => string) | null;
  readonly valueText?: ((bytes: Buffer) => string) | null;
}

/**
 * The line of a record; `format` is the magic of its batch. `control`: what a control record says, or why it cannot be read;
 * null for others. `decoded`: what a decoder made of it, null where there is no decoder.
 */
export function kafkaRecordLine(
  record: KafkaRecord,
  format: number,
  control: Control | string | null,
  decoded: Decoded | Undecoded | null,
  style: KafkaRecordStyle,
): string {
  let line = '|';
  if (!style.skipMetadata) {
    line += ` offset: ${record.offset} ${record.timestampType}: ${record.timestamp} keySize: ${record.keySize} valueSize: ${record.valueSize}`;
    line +=
      format < 2
        ? `${legacyCrc(record, format)}${style.as39 ? '}' : ''}`
        : ` sequence: ${record.sequence} headerKeys: [${record.headers.map(({ key }) => key).join(',')}]`;
    if (control !== null) line += controlText(control, style.as39);
  }
  if (style.contents && control === null) {
    // The stroke of 3.9 hangs on the key where nothing else was printed.
    if (style.as39 && style.skipMetadata && record.key === null && record.value !== null) line = '';
    line += contents(record, decoded, style);
  }
  return line === '|' ? '\n' : `${line}\n`;
}

function contents(record: KafkaRecord, decoded: Decoded | Undecoded | null, style: KafkaRecordStyle): string {
  const { as39, keyText, valueText } = style;
  if (decoded === null) {
    const key = record.key === null ? '' : ` key: ${keyText?.(record.key) ?? record.key.toString()}`;
    if (record.value === null) return key;
    return `${key} payload: ${valueText?.(record.value) ?? record.value.toString()}`;
  }
  if ('problem' in decoded) {
    const what = decoded.problem === 'unknown-type' && decoded.type !== null && record.key !== null;
    return what
      ? ` key: Unknown record type ${decoded.type} at offset ${record.offset}, skipping.`
      : ` ${record.key === null ? 'payload' : 'key'}: Error at offset ${record.offset}, skipping. ${decoded.message}`;
  }
  if (decoded.key === null) {
    const payload = { type: constantName(decoded.kind), version: decoded.version, data: decoded.value };
    return ` payload: ${compactJson(payload)}`;
  }
  if (as39 && decoded.kind === 'TransactionLog') return transactionText(decoded.key, decoded.value);
  const key = compactJson({ type: String(decoded.type), data: decoded.key });
  const payload =
    decoded.value === null ? '<DELETE>' : compactJson({ version: String(decoded.version), data: decoded.value });
  return ` key: ${key} payload: ${payload}`;
}

const TRANSACTION_STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
];

/** A transaction's state as 3.9 tells it. */
function transactionText(key: JsonObject, value: JsonObject | null): string {
  const head = ` key: transaction_metadata::transactionalId=${key['transactionalId']} payload: `;
  if (value === null) return `${head}<DELETE>`;
  const topics = (value['transactionPartitions'] ?? []) as readonly JsonObject[];
  const partitions = topics.flatMap(({ topic, partitionIds }) =>
    (partitionIds as readonly number[]).map((partition) => `${topic}-${partition}`),
  );
  return `${head}producerId:${value['producerId']},producerEpoch:${value['producerEpoch']},state=${TRANSACTION_STATES[Number(value['transactionStatus'])]},partitions=[${partitions.join(',')}],txnLastUpdateTimestamp=${value['transactionLastUpdateTimestampMs']},txnTimeoutMs=${value['transactionTimeoutMs']}`;
}

/** RegisterBrokerRecord becomes REGISTER_BROKER_RECORD. */
function constantName(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
}

function controlText(control: Control | string, as39: boolean): string {
  if (typeof control === 'string') return ` controlType: unreadable (${control})`;
  const json = control.message === null ? '' : compactJson(control.message);
  switch (as39 && control.type === 'LEADER_CHANGE' ? null : control.type) {
    case 'ABORT':
    case 'COMMIT':
      return ` endTxnMarker: ${control.type} coordinatorEpoch: ${control.coordinatorEpoch}`;
    case 'LEADER_CHANGE':
      return ` LeaderChange: ${json}`;
    case 'SNAPSHOT_HEADER':
      return ` SnapshotHeader ${json}`;
    case 'SNAPSHOT_FOOTER':
      return ` SnapshotFooter ${json}`;
    case 'KRAFT_VERSION':
      return ` KRaftVersion ${json}`;
    case 'KRAFT_VOTERS':
      return ` KRaftVoters ${json}`;
    default:
      return ` controlType: ${control.type}(${control.typeId})`;
  }
}

/**
 * Checksum of a v0/v1 message, which inside a compressed set has one of its own. Key and value are views of the bytes that
 * the message was read from, so that these are found again around them.
 */
function legacyCrc(record: KafkaRecord, magic: number): string {
  const view = record.value ?? record.key;
  if (view === null) {
    // Nothing but a header: its checksum follows from what is known.
    const bytes = Buffer.alloc(magic === 0 ? 10 : 18, 0xff);
    bytes[0] = magic;
    bytes[1] = 0;
    if (magic === 1) bytes.writeBigInt64BE(BigInt(record.timestamp), 2);
    return ` isValid: true crc: ${crc32(bytes)}`;
  }
  const end = view.byteOffset + view.length + (record.value === null ? 4 : 0);
  const message = Buffer.from(view.buffer, end - record.sizeInBytes, record.sizeInBytes);
  const crc = uint32(message, MESSAGE_CRC_AT);
  return ` isValid: ${crc === crc32(message, MESSAGE_CRC_AT + 4)} crc: ${crc}`;
}

export function optionalLong(value: number | null): string {
  return value === null ? 'OptionalLong.empty' : `OptionalLong[${value}]`;
}

/** What stands above the batches of a log: where its name says that it begins, or which KRaft snapshot it is. */
export function kafkaLogTitle(type: 'log' | 'metadata-snapshot', offset: number | null, epoch: number | null): string {
  if (type === 'log') return `Log starting offset: ${offset ?? 0}\n`;
  return offset === null || epoch === null
    ? 'KRaft bootstrap snapshot\n'
    : `Snapshot end offset: ${offset}, epoch: ${epoch}\n`;
}
