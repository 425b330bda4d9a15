import type { ClientError } from '../client/error.ts';
import { errorName } from '../protocol/errors.ts';
import type { Problem } from './snapshot.ts';

/** What Kafka's errors mean to somebody who only reads, and what to do about them. */
const MEANING: Readonly<Record<string, readonly [message: string, advice: string | null]>> = {
  UNKNOWN_TOPIC_OR_PARTITION: [
    'the topic or partition does not exist: it was deleted, or never created',
    'Commits of a deleted topic go away with it; members that still hold it need a new subscription or a restart.',
  ],
  LEADER_NOT_AVAILABLE: [
    'the partition has no leader: nobody can read it, write it or tell its end',
    'See which replicas are down with: kmedic isr',
  ],
  NOT_LEADER_OR_FOLLOWER: ['the leader moved while it was asked', 'Ask again: an election is under way.'],
  OFFSET_NOT_AVAILABLE: ['the new leader does not know its high watermark yet', 'Ask again in a moment.'],
  KAFKA_STORAGE_ERROR: ["the leader cannot read the partition's log directory", "Look at the broker's disk and log."],
  GROUP_ID_NOT_FOUND: [
    'no group of this name is known',
    'Check the spelling with: kmedic groups list. A group that is only just starting is not known either.',
  ],
  GROUP_AUTHORIZATION_FAILED: ['not authorised to describe this group', 'It needs DESCRIBE on the group.'],
  TOPIC_AUTHORIZATION_FAILED: ['not authorised to describe this topic', 'It needs DESCRIBE on the topic.'],
  CLUSTER_AUTHORIZATION_FAILED: ['not authorised to describe the cluster', 'It needs DESCRIBE on the cluster.'],
  COORDINATOR_LOAD_IN_PROGRESS: [
    'the coordinator is still loading its part of __consumer_offsets',
    'Ask again: loading takes seconds to minutes after a broker starts.',
  ],
  COORDINATOR_NOT_AVAILABLE: [
    'no broker coordinates this group now',
    'Is the partition of __consumer_offsets that holds it without a leader? kmedic isr __consumer_offsets',
  ],
  NOT_COORDINATOR: ['the group moved to another coordinator while it was asked', 'Ask again.'],
  INVALID_GROUP_ID: ['this name cannot be described as a group', null],
  UNSTABLE_OFFSET_COMMIT: ['a transaction holds an offset that is not decided yet', null],
};

/** A problem from its parts; `name` is Kafka’s, where Kafka has one. */
export function problem(scope: string, name: string, message: string, advice: string | null = null): Problem {
  return { scope, name, message, advice };
}

/** A problem from an error code; what the broker said beside it, where it said something, is kept. */
export function problemOf(scope: string, code: number, said: string | null = null): Problem {
  const name = errorName(code);
  const [message, advice] = MEANING[name] ?? [`the broker answered ${name}`, null];
  return problem(scope, name, said ? `${message} (${said})` : message, advice);
}

/** A problem from a connection that failed. */
export function problemFrom(scope: string, error: ClientError): Problem {
  return problem(scope, error.name, error.message, error.advice);
}
