import type { GroupMetadataValue } from '../../protocol/coordinator/index.ts';
import { encodeCoordinatorKey, encodeCoordinatorValue } from '../../protocol/coordinator-record.ts';
import type { Value } from '../../protocol/schema/index.ts';
import type { RecordInput } from '../../records/index.ts';
import { Group } from './group.ts';
import { EMPTY_BYTES, metadataOf, newMember } from './member.ts';

/** The version of GroupMetadata values that every Apache Kafka of today writes. */
const VALUE_VERSION = 3;

/** Strings of these records have two bytes for their length, and some ids grow by a dash and a UUID. */
const MAX_STRING_BYTES = 0x7fff - 37;

/** Whether a text that a client chose can be written into the group's records. */
export function isStorable(text: string): boolean {
  return text.length <= MAX_STRING_BYTES && Buffer.byteLength(text) <= MAX_STRING_BYTES;
}

/** The group as it is to be found after a restart, with these assignments (default: those that the members have). */
export function groupRecord(group: Group, assignments?: ReadonlyMap<string, Buffer>): RecordInput {
  const protocol = group.protocolName;
  const members = [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: protocol === null ? EMPTY_BYTES : metadataOf(member, protocol),
    assignment: (assignments === undefined ? member.assignment : assignments.get(member.memberId)) ?? EMPTY_BYTES,
  }));
  return {
    key: encodeCoordinatorKey('GroupMetadata', { group: group.groupId }),
    value: encodeCoordinatorValue('GroupMetadata', VALUE_VERSION, {
      protocolType: group.protocolType ?? '',
      generation: group.generationId,
      protocol,
      leader: group.leaderId,
      currentStateTimestamp: group.stateTimestampMs,
      members,
    }),
  };
}

/** What Kafka writes for a group when its first JoinGroup makes it: nobody in it, nothing agreed. */
export function newGroupRecord(group: Group): RecordInput {
  return groupRecord(new Group(group.groupId, group.stateTimestampMs));
}

export function groupTombstone(groupId: string): RecordInput {
  return { key: encodeCoordinatorKey('GroupMetadata', { group: groupId }), value: null };
}

/** The group that a record describes: with members it was Stable, and goes on as if nothing had happened. */
export function groupFromRecord(groupId: string, value: Value<typeof GroupMetadataValue>, nowMs: number): Group {
  const group = new Group(groupId, nowMs);
  const protocolType = value.protocolType === '' ? null : value.protocolType;
  for (const stored of value.members) {
    const member = newMember({
      memberId: stored.memberId,
      groupInstanceId: stored.groupInstanceId,
      clientId: stored.clientId,
      clientHost: stored.clientHost,
      // Version 0 had one timeout for both.
      rebalanceTimeoutMs: stored.rebalanceTimeout < 0 ? stored.sessionTimeout : stored.rebalanceTimeout,
      sessionTimeoutMs: stored.sessionTimeout,
      protocols: value.protocol === null ? [] : [{ name: value.protocol, metadata: Buffer.from(stored.subscription) }],
      assignment: Buffer.from(stored.assignment),
    });
    group.add(member, protocolType ?? '', null);
  }
  group.protocolType = protocolType;
  group.generationId = value.generation;
  group.protocolName = value.protocol;
  group.leaderId = value.leader;
  group.state = value.members.length === 0 ? 'Empty' : 'Stable';
  group.stateTimestampMs = value.currentStateTimestamp;
  group.noteSubscriptions();
  return group;
}
