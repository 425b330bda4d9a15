import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../protocol/data/index.ts';
import { type Message, ProtocolError, Reader, readMessage, type Value } from '../protocol/schema/index.ts';
import { problem } from './problem.ts';
import type { Member, TopicPartitions } from './snapshot.ts';

/** What every describe API tells of a member in the same words. */
interface MemberFacts {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId?: string | null;
  readonly clientId: string;
  readonly clientHost: string;
}

/** A member without an assignment; Java's `/10.0.0.1` is shown as the address that it is. */
export function blankMember(facts: MemberFacts): Member {
  return {
    memberId: facts.memberId,
    instanceId: facts.instanceId,
    clientId: facts.clientId,
    host: facts.clientHost.replace(/^\//, ''),
    rack: facts.rackId ?? null,
    memberEpoch: null,
    subscribedTopics: null,
    assignment: [],
    targetAssignment: null,
    problem: null,
  };
}

/** Sorts an assignment by topic and partition, and joins what is said twice about a topic. */
export function assignmentOf(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): TopicPartitions[] {
  const joined = new Map<string, Set<number>>();
  for (const { topic, partitions } of topics) {
    const known = joined.get(topic) ?? new Set();
    for (const partition of partitions) known.add(partition);
    if (known.size > 0) joined.set(topic, known);
  }
  return [...joined]
    .map(([topic, partitions]) => ({ topic, partitions: [...partitions].sort((a, b) => a - b) }))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

/** Fills in what a classic consumer keeps in its opaque bytes. Bytes that cannot be read are a problem of this member alone. */
export function decodeConsumerMember(member: Member, metadata: Buffer, assignment: Buffer): void {
  const scope = `member ${member.memberId}`;
  try {
    // The coordinator hands the metadata out in a stable group only.
    if (metadata.length > 0) {
      const subscription = readVersioned(ConsumerProtocolSubscription, metadata);
      member.subscribedTopics = [...subscription.topics].sort();
      member.rack ??= subscription.rackId;
    }
    if (assignment.length > 0) {
      member.assignment = assignmentOf(readVersioned(ConsumerProtocolAssignment, assignment).assignedPartitions);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    member.problem = problem(
      scope,
      'UNDECODABLE',
      `what this member wrote about itself is not Kafka's consumer protocol: ${error.message}`,
      'A client with an assignor or protocol of its own: its partitions cannot be shown.',
    );
  }
}

/** The consumer protocol's own framing: an int16 version, then a message to which newer versions only ever append. */
function readVersioned<M extends Message>(message: M, bytes: Buffer): Value<M> {
  const reader = new Reader(bytes);
  const version = reader.int16();
  if (version < 0) throw new ProtocolError('unsupported-version', `version ${version}`);
  return readMessage(message, Math.min(version, message.versions.max), reader);
}
