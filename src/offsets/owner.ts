import type { Group } from '../cluster/snapshot.ts';
import type { Owner } from './plan.ts';

const CONNECT =
  "stop the connector, then use Connect's own REST API: PATCH or DELETE /connectors/NAME/offsets (Kafka 3.6 and later)";
const STREAMS =
  'stop the application, then use kafka-streams-application-reset: a reset of offsets alone leaves its state stores and repartition topics where they were (streams groups of Kafka 4.1 and later: kafka-streams-groups --reset-offsets)';
const FLINK =
  'Flink starts from the offsets in its checkpoint or savepoint and only reports to this group: restart the job without state and set setStartingOffsets';
const KSQL = 'terminate the query, and create it again with auto.offset.reset set: ksqlDB is a Streams application';
const SPARK = 'Spark keeps offsets in the checkpoint directory of the query: this group is only for monitoring';
const MIRROR = 'MirrorMaker 2 keeps its own positions in the offsets topic of its Connect cluster';

interface Rule {
  readonly system: string;
  readonly tool: string;
  /** What gives it away, and how sure that is; null where it does not fit. */
  readonly test: (group: Group) => readonly [why: string, certainty: Owner['certainty']] | null;
}

const STREAMS_CLIENT = /-StreamThread-\d+(-|$)/;

const RULES: readonly Rule[] = [
  {
    system: 'ksqlDB',
    tool: KSQL,
    test: ({ group }) =>
      group.startsWith('_confluent-ksql-') ? ['its name begins with _confluent-ksql-', 'certain'] : null,
  },
  {
    system: 'Kafka Streams',
    tool: STREAMS,
    test: ({ type, protocol, members }) => {
      if (type === 'streams') return ['it is a streams group', 'certain'];
      if (protocol === 'stream') return ['its assignor is "stream"', 'certain'];
      const member = members.find(({ clientId }) => STREAMS_CLIENT.test(clientId));
      return member === undefined ? null : [`a member is called ${member.clientId}`, 'certain'];
    },
  },
  {
    system: 'Kafka Connect',
    tool: CONNECT,
    test: ({ group, type, protocolType, members }) => {
      if (type === 'connect' || protocolType === 'connect') return ['its protocol type is "connect"', 'certain'];
      const member = members.find(({ clientId }) => clientId.startsWith('connector-consumer-'));
      if (member !== undefined) return [`a member is called ${member.clientId}`, 'certain'];
      return group.startsWith('connect-') ? ['sink connectors use groups called connect-NAME', 'likely'] : null;
    },
  },
  {
    system: 'MirrorMaker 2',
    tool: MIRROR,
    test: ({ group }) => (/mirror-?maker|^mm2[-.]/i.test(group) ? ['its name says so', 'likely'] : null),
  },
  {
    system: 'Apache Spark',
    tool: SPARK,
    test: ({ group }) =>
      /^spark-(kafka-(source|relation)|executor)-/.test(group) ? ['Spark makes such names', 'certain'] : null,
  },
  {
    system: 'Apache Flink',
    tool: FLINK,
    // Flink assigns partitions by itself: its groups have commits and never members, so only names can tell.
    test: ({ group, members }) => {
      const named = /(^|[-_.])flink([-_.]|$)/i;
      if (named.test(group)) return ['its name says so', 'likely'];
      const member = members.find(({ clientId }) => named.test(clientId));
      return member === undefined ? null : [`a member is called ${member.clientId}`, 'likely'];
    },
  },
];

/** The system that a group belongs to and that has positions or tools of its own; null for an ordinary consumer group. */
export function ownerOf(group: Group): Owner | null {
  for (const { system, tool, test } of RULES) {
    const found = test(group);
    if (found !== null) return { system, certainty: found[1], why: found[0], tool };
  }
  return null;
}
