import { describe, expect, it } from 'vitest';
import { blankGroup } from '../../src/cluster/groups.ts';
import { blankMember } from '../../src/cluster/member.ts';
import type { Group } from '../../src/cluster/snapshot.ts';
import { ownerOf } from '../../src/offsets/owner.ts';

function group(name: string, more: Partial<Group> = {}, clientId?: string): Group {
  const members =
    clientId === undefined ? [] : [blankMember({ memberId: 'm', instanceId: null, clientId, clientHost: '/10.0.0.1' })];
  return { ...blankGroup(name, 1), type: 'classic', members, ...more };
}

describe('whose group it is', () => {
  it.each<[string, Group, string | null, string | null]>([
    ['a plain group', group('payments', {}, 'pay-1'), null, null],
    ['Connect workers', group('cluster', { type: 'connect', protocolType: 'connect' }), 'Kafka Connect', 'certain'],
    ['a sink connector', group('connect-s3', {}, 'connector-consumer-s3-0'), 'Kafka Connect', 'certain'],
    ['a sink connector that is stopped', group('connect-s3'), 'Kafka Connect', 'likely'],
    ['Streams by client', group('pricing', {}, 'pricing-6c-StreamThread-1-consumer'), 'Kafka Streams', 'certain'],
    ['Streams by assignor', group('pricing', { protocol: 'stream' }), 'Kafka Streams', 'certain'],
    ['a streams group', group('pricing', { type: 'streams' }), 'Kafka Streams', 'certain'],
    ['ksqlDB', group('_confluent-ksql-default_query_1', {}, 'x-StreamThread-1'), 'ksqlDB', 'certain'],
    ['Flink', group('flink-orders'), 'Apache Flink', 'likely'],
    ['Spark', group('spark-kafka-source-1b2c-driver-0'), 'Apache Spark', 'certain'],
    ['MirrorMaker', group('mm2-offsets'), 'MirrorMaker 2', 'likely'],
    ['not every stream', group('streaming-orders', {}, 'stream-1'), null, null],
  ])('%s', (_name, found, system, certainty) => {
    const owner = ownerOf(found);
    expect([owner?.system ?? null, owner?.certainty ?? null]).toEqual([system, certainty]);
    if (owner !== null) expect(owner.tool.length).toBeGreaterThan(20);
  });
});
