import { describe, expect, it } from 'vitest';
import { errorResponse, FAILABLE_APIS } from '../../../src/broker/fault/error-response.ts';
import * as apis from '../../../src/protocol/api/index.ts';
import {
  DescribeConfigs,
  FindCoordinator,
  JoinGroup,
  ListOffsets,
  Metadata,
  OffsetFetch,
} from '../../../src/protocol/api/index.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { decodeResponse, encodeResponse } from '../../../src/protocol/frame.ts';
import { faultCluster } from './fault-cluster.ts';

describe('faults of requests', () => {
  const world = () => {
    const made = faultCluster(3);
    made.cluster.createTopic('t', [[1, 2, 3]]);
    return made;
  };
  const codeOf = (pending: ReturnType<ReturnType<typeof world>['cluster']['produce']>) => {
    const { answer } = pending;
    return typeof answer === 'object' ? answer.responses[0]?.partitionResponses[0]?.errorCode : answer;
  };

  it('error: every nth is failed, and not carried out', () => {
    const at = world();
    expect(at.set('1', 'kmedic.fault.error', 'api=Produce,error=NOT_LEADER_OR_FOLLOWER,every=3,for=30s')).toBeNull();
    at.run(1000);
    const codes = Array.from({ length: 7 }, (_, i) => {
      const pending = at.cluster.produce(1, 't', [`v${i}`]);
      at.until(() => pending.answer !== undefined);
      return codeOf(pending);
    });
    expect(codes).toEqual([0, 0, 6, 0, 0, 6, 0]);
    expect(at.cluster.node(1).replicas.get('t', 0)?.log.logEndOffset).toBe(5);
  });

  it('error: a producer with acks=0 sees a closed connection', () => {
    const at = world();
    at.faults.inject({ fault: 'error', on: 1, api: ['Produce'], error: 'NOT_LEADER_OR_FOLLOWER' });
    expect(at.cluster.produce(1, 't', ['a'], 0).answer).toBe('close');
  });

  it('error: only of one client', () => {
    const at = world();
    at.faults.inject({ fault: 'error', api: ['Produce'], error: 'NOT_LEADER_OR_FOLLOWER', client: 'somebody' });
    const pending = at.cluster.produce(1, 't', ['a']);
    at.until(() => codeOf(pending) === 0);
  });

  it('delay-response: the request is carried out at once, its answer comes later', () => {
    const at = world();
    at.faults.inject({ fault: 'delay-response', on: 1, api: ['Metadata'], delay: 700 });
    const began = at.cluster.env.scheduler.now();
    at.cluster.ask(1, Metadata, 12, { topics: null });
    expect(at.cluster.env.scheduler.now() - began).toBe(700);
    at.cluster.ask(2, Metadata, 12, { topics: null });
    expect(at.cluster.env.scheduler.now() - began).toBe(700);
  });

  it('drop-response: carried out, and never answered; or the connection is closed', () => {
    const at = world();
    at.faults.inject({ fault: 'drop-response', on: 1, api: ['Produce'], every: 2 });
    const [first, second] = [at.cluster.produce(1, 't', ['a']), at.cluster.produce(1, 't', ['b'])];
    at.run(30_000);
    expect([codeOf(first), codeOf(second)]).toEqual([0, undefined]);
    expect(at.cluster.node(1).replicas.get('t', 0)?.log.logEndOffset).toBe(2);
    at.faults.clear();
    at.faults.inject({ fault: 'drop-response', on: 1, api: ['Produce'], how: 'close' });
    const third = at.cluster.produce(1, 't', ['c']);
    at.until(() => third.answer === 'close');
  });

  it('duplicate-request: the record is there twice, the answer once', () => {
    const at = world();
    at.faults.inject({ fault: 'duplicate-request', on: 1, api: ['Produce'] });
    const pending = at.cluster.produce(1, 't', ['a']);
    at.until(() => codeOf(pending) === 0);
    at.until(() => at.cluster.node(2).replicas.get('t', 0)?.log.logEndOffset === 2);
  });

  it('without an API: what would keep a client from ending the fault is spared', () => {
    const at = world();
    expect(at.set('', 'kmedic.fault.drop-response', 'on')).toBeNull();
    at.run(1000);
    const lost = at.cluster.send(1, Metadata, 12, { topics: null });
    expect(at.set('', 'kmedic.fault.drop-response', null)).toBeNull();
    expect(lost.answer).toBeUndefined();
    at.cluster.ask(1, Metadata, 12, { topics: null });
  });

  it('is listed in DescribeConfigs with what remains, by every broker', () => {
    const at = world();
    at.set('2', 'kmedic.fault.slow-disk', 'delay=50ms,for=60s');
    at.set('', 'kmedic.fault.delay-response.web', 'api=Fetch,delay=1s');
    at.run(10_000);
    const own = at.described(2, '2');
    expect(own['kmedic.fault.slow-disk']).toMatch(/^delay=50ms,for=60s,left=(49s|50s)/);
    expect(at.described(1, '')).toEqual({ 'kmedic.fault.delay-response.web': 'api=Fetch,delay=1s' });
    const { results } = at.cluster.ask(3, DescribeConfigs, 4, {
      resources: [{ resourceType: 4, resourceName: '3', configurationKeys: ['kmedic.faults'] }],
    });
    expect(JSON.parse(results[0]?.configs[0]?.value ?? '')).toMatchObject([
      { fault: 'slow-disk', on: [2], resource: '2' },
      { fault: 'delay-response', label: 'web', on: [1, 2, 3], resource: '', leftMs: null },
    ]);
    // Set again as it was read, it lasts for what remained.
    at.set('2', 'kmedic.fault.slow-disk', own['kmedic.fault.slow-disk'] ?? '');
    at.run(1000);
    expect(at.faults.active().find(({ fault }) => fault === 'slow-disk')?.leftMs).toBeLessThanOrEqual(50_000);
  });
});

describe('error answers', () => {
  const bodyOf = (api: (typeof apis)['Produce'], version: number, request: unknown) => {
    const frame = encodeResponse(api, version, 7, errorResponse(api, version, request, ErrorCode.NOT_COORDINATOR));
    return decodeResponse(api, version, Buffer.concat(frame)).body;
  };

  it('can be written in every version of every API', () => {
    let written = 0;
    for (const api of Object.values(apis)) {
      if (!FAILABLE_APIS.has(api.name)) continue;
      for (let version = api.response.versions.min; version <= api.response.versions.max; version++) {
        const response = errorResponse(api as never, version, {}, ErrorCode.NOT_COORDINATOR);
        encodeResponse(api as never, version, 7, response as never);
        written++;
      }
    }
    expect(written).toBeGreaterThan(150);
  });

  it('say of everything that was asked for that it failed', () => {
    const partition = { index: 3, records: null };
    const produce = { topicData: [{ name: 't', topicId: '', partitionData: [partition] }] };
    expect(bodyOf(apis.Produce, 9, produce)).toMatchObject({
      responses: [{ name: 't', partitionResponses: [{ index: 3, errorCode: 16 }] }],
    });
    const list = { topics: [{ name: 't', partitions: [{ partitionIndex: 2, timestamp: -1 }] }] };
    expect(bodyOf(ListOffsets as never, 7, list)).toMatchObject({
      topics: [{ name: 't', partitions: [{ partitionIndex: 2, errorCode: 16 }] }],
    });
    expect(bodyOf(FindCoordinator as never, 4, { coordinatorKeys: ['g'] })).toMatchObject({
      coordinators: [{ key: 'g', nodeId: -1, port: -1, errorCode: 16 }],
    });
    expect(bodyOf(FindCoordinator as never, 3, { key: 'g' })).toMatchObject({ nodeId: -1, errorCode: 16 });
    expect(bodyOf(JoinGroup as never, 5, { groupId: 'g', memberId: 'm' })).toMatchObject({ errorCode: 16 });
    const offsets = { groups: [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0, 1] }] }] };
    expect(bodyOf(OffsetFetch as never, 8, offsets)).toMatchObject({
      groups: [
        {
          groupId: 'g',
          errorCode: 16,
          topics: [{ name: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1, errorCode: 16 }] }],
        },
      ],
    });
  });
});
