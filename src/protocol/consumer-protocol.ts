import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from './data/index.ts';
import {
  type Input,
  type Message,
  ProtocolError,
  Reader,
  readMessage,
  type Value,
  Writer,
  writeMessage,
} from './schema/index.ts';

/**
 * What members of a classic group of protocol type `consumer` tell each other through the coordinator, which does not
 * look inside: subscriptions (in JoinGroup) and assignments (in SyncGroup), each an int16 version and a body. Other
 * protocol types (`connect`, a schema registry's) fill the same bytes with layouts of their own.
 */
export type ConsumerSubscription = { readonly version: number } & Value<typeof ConsumerProtocolSubscription>;
export type ConsumerAssignment = { readonly version: number } & Value<typeof ConsumerProtocolAssignment>;

/**
 * Decodes a member's subscription; null for empty bytes (a member that has said nothing yet). Throws ProtocolError for
 * bytes that are no subscription, so that a caller can show the group with an undecodable member.
 */
export function decodeSubscription(buffer: Buffer): ConsumerSubscription | null {
  return decodeVersioned(ConsumerProtocolSubscription, buffer);
}

/** Decodes a member's assignment; null for empty bytes (a group that is rebalancing). Throws ProtocolError. */
export function decodeAssignment(buffer: Buffer): ConsumerAssignment | null {
  return decodeVersioned(ConsumerProtocolAssignment, buffer);
}

export function encodeSubscription(version: number, value: Input<typeof ConsumerProtocolSubscription>): Buffer {
  return encodeVersioned(ConsumerProtocolSubscription, version, value);
}

export function encodeAssignment(version: number, value: Input<typeof ConsumerProtocolAssignment>): Buffer {
  return encodeVersioned(ConsumerProtocolAssignment, version, value);
}

/**
 * A newer version only ever appends fields, so it is read with the newest layout known here, and what it appends is
 * left alone; bytes behind an old version are left alone for the same reason (Kafka's own clients do both).
 */
function decodeVersioned<M extends Message>(message: M, buffer: Buffer): ({ version: number } & Value<M>) | null {
  if (buffer.length === 0) return null;
  const reader = new Reader(buffer);
  const version = reader.int16();
  if (version < message.versions.min) {
    throw new ProtocolError('unsupported-version', `consumer protocol version ${version}`);
  }
  const layout = Math.min(version, message.versions.max);
  return { version, ...readMessage(message, layout, reader) };
}

function encodeVersioned<M extends Message>(message: M, version: number, value: Input<M>): Buffer {
  const writer = new Writer();
  writer.int16(version);
  writeMessage(message, version, writer, value);
  return writer.toBuffer();
}
