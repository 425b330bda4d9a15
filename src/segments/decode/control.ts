import {
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
} from '../../protocol/data/index.ts';
import { type Message, ProtocolError, Reader, readMessage } from '../../protocol/schema/index.ts';
import { type ControlType, type KafkaRecord, RecordError, readControlRecord } from '../../records/index.ts';
import type { JsonObject } from './json-text.ts';
import { messageJson } from './message-json.ts';

/** What a control record says. */
export interface Control {
  readonly type: ControlType;
  readonly typeId: number;
  readonly coordinatorEpoch: number | null;
  /** The message of KRaft's control records; null for the others. */
  readonly message: JsonObject | null;
}

const MESSAGES: Readonly<Partial<Record<ControlType, Message>>> = {
  LEADER_CHANGE: LeaderChangeMessage,
  SNAPSHOT_HEADER: SnapshotHeaderRecord,
  SNAPSHOT_FOOTER: SnapshotFooterRecord,
  KRAFT_VERSION: KRaftVersionRecord,
  KRAFT_VOTERS: VotersRecord,
};

/** Reads the record of a control batch; a text says why it cannot be read. */
export function readControl(record: KafkaRecord): Control | string {
  try {
    const { type, typeId, coordinatorEpoch } = readControlRecord(record);
    const message = MESSAGES[type];
    return { type, typeId, coordinatorEpoch, message: message === undefined ? null : body(message, record.value) };
  } catch (error) {
    if (error instanceof RecordError || error instanceof ProtocolError) return error.message;
    throw error;
  }
}

/** Such a message begins with its own version. */
function body(message: Message, value: Buffer | null): JsonObject | null {
  if (value === null) return null;
  const version = Math.min(new Reader(value).int16(), message.versions.max);
  return messageJson(message, version, readMessage(message, version, new Reader(value)), value);
}
