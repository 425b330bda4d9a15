import { describe, expect, it } from 'vitest';
import { alterPartition } from '../../../src/broker/controller/alter-partition.ts';
import { fence, heartbeat, registerBroker } from '../../../src/broker/controller/brokers.ts';
import { pending } from '../../../src/broker/metadata/record.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { Scene } from './scene.ts';

function scene(): Scene {
  const made = new Scene();
  const assignments = [
    { partitionIndex: 0, brokerIds: [1, 2, 3] },
    { partitionIndex: 1, brokerIds: [2, 3, 1] },
  ];
  made.admin(19, 7, { topics: [{ name: 'orders', numPartitions: -1, replicationFactor: -1, assignments }] });
  return made;
}

const partitionOf = (on: Scene, partition = 0) => on.image.topics.get('orders')?.partitions[partition];

describe('AlterPartition', () => {
  const request = (on: Scene, change: object = {}) => ({
    brokerId: 1,
    brokerEpoch: 101,
    topicId: on.image.topics.get('orders')?.id ?? '',
    partition: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    newIsr: [1, 2],
    joining: [],
    ...change,
  });

  it('is answered with the state that holds from then on', () => {
    const on = scene();
    const { records, response } = alterPartition(on.view, request(on));
    on.apply(records);
    expect(response).toEqual({ errorCode: 0, isr: [1, 2], leaderEpoch: 0, partitionEpoch: 1 });
    expect(partitionOf(on)).toMatchObject({ isr: [1, 2], partitionEpoch: 1, leaderEpoch: 0 });
  });

  it('the ISR that already holds writes no record', () => {
    const on = scene();
    expect(alterPartition(on.view, request(on, { newIsr: [1, 2, 3] }))).toEqual({
      records: [],
      response: { errorCode: 0, isr: [1, 2, 3], leaderEpoch: 0, partitionEpoch: 0 },
    });
  });

  it.each([
    ['an old broker epoch', { brokerEpoch: 5 }, 'STALE_BROKER_EPOCH'],
    ['an unknown topic', { topicId: 'AAAAAAAAAAEAAAAAAAAAAg' }, 'UNKNOWN_TOPIC_ID'],
    ['an unknown partition', { partition: 7 }, 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['a leader epoch ahead of ours', { leaderEpoch: 1 }, 'NOT_CONTROLLER'],
    ['a partition epoch ahead of ours', { partitionEpoch: 1 }, 'NOT_CONTROLLER'],
    ['somebody who does not lead', { brokerId: 2, brokerEpoch: 102 }, 'INVALID_REQUEST'],
    ['a stranger in the ISR', { newIsr: [1, 9] }, 'INVALID_REQUEST'],
    ['a member twice', { newIsr: [1, 1] }, 'INVALID_REQUEST'],
    ['an ISR without its leader', { newIsr: [2] }, 'INVALID_REQUEST'],
  ] as const)('refuses %s', (_name, change, error) => {
    const on = scene();
    expect(alterPartition(on.view, request(on, change))).toMatchObject({
      records: [],
      response: { errorCode: ErrorCode[error] },
    });
  });

  it('refuses old epochs', () => {
    const on = scene();
    on.apply(alterPartition(on.view, request(on)).records);
    expect(alterPartition(on.view, request(on)).response.errorCode).toBe(ErrorCode.INVALID_UPDATE_VERSION);
    on.apply(fence(on.view, 1));
    expect(alterPartition(on.view, request(on)).response.errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH);
  });

  it('refuses members that are fenced or going', () => {
    const on = scene();
    on.apply(fence(on.view, 3));
    const back = { newIsr: [1, 2, 3], partitionEpoch: 1, joining: [{ brokerId: 3, brokerEpoch: 103 }] };
    expect(alterPartition(on.view, request(on, back)).response.errorCode).toBe(ErrorCode.INELIGIBLE_REPLICA);
    on.apply([pending('BrokerRegistrationChangeRecord', { brokerId: 3, fenced: -1, inControlledShutdown: 1 })]);
    expect(alterPartition(on.view, request(on, back)).response.errorCode).toBe(ErrorCode.INELIGIBLE_REPLICA);
  });
});

describe('who joins an ISR (KIP-903)', () => {
  it('is the incarnation whose fetches were seen, and no later one', () => {
    const on = scene();
    on.apply(alterPartition(on.view, { ...isr(on, [1, 3]), partitionEpoch: 0 }).records);
    const request = { brokerId: 2, incarnationId: 'AAAAAAAAAAEAAAAAAAAAAg', host: 'h', port: 1, rack: null };
    const again = registerBroker(on.view, { ...request, previousBrokerEpoch: -1 }, on.image.offset);
    on.apply(again.records);
    on.apply([pending('BrokerRegistrationChangeRecord', { brokerId: 2, fenced: -1 })]);
    const join = (brokerEpoch: number) => {
      const back = { ...isr(on, [1, 3, 2]), joining: [{ brokerId: 2, brokerEpoch }] };
      return alterPartition(on.view, back).response.errorCode;
    };
    expect(join(102)).toBe(ErrorCode.INELIGIBLE_REPLICA);
    expect(join(again.brokerEpoch)).toBe(ErrorCode.NONE);
  });

  const isr = (on: Scene, newIsr: readonly number[]) => ({
    brokerId: 1,
    brokerEpoch: 101,
    topicId: on.image.topics.get('orders')?.id ?? '',
    partition: 0,
    leaderEpoch: 0,
    partitionEpoch: partitionOf(on)?.partitionEpoch ?? -1,
    newIsr,
    joining: [],
  });
});

describe('a broker’s life', () => {
  const beat = (on: Scene, change: object = {}) => {
    const request = { brokerId: 2, brokerEpoch: 102, metadataOffset: on.image.offset, wantShutdown: false, ...change };
    const { records, response } = heartbeat(on.view, request);
    on.apply(records);
    return response;
  };
  const register = (on: Scene, previousBrokerEpoch: number) => {
    const { records, brokerEpoch } = registerBroker(
      on.view,
      { brokerId: 2, incarnationId: 'AAAAAAAAAAEAAAAAAAAAAg', host: 'h', port: 1, rack: null, previousBrokerEpoch },
      on.image.offset,
    );
    on.apply(records);
    return brokerEpoch;
  };

  it('that is on its way out ends, though an earlier heartbeat comes late', () => {
    const on = scene();
    expect(beat(on, { wantShutdown: true })).toMatchObject({ shouldShutdown: false });
    on.apply(fence(on.view, 2));
    expect(beat(on)).toMatchObject({ errorCode: 0, fenced: true });
    expect(on.image.brokers.get(2)).toMatchObject({ fenced: true, inControlledShutdown: true });
    expect(beat(on, { wantShutdown: true })).toMatchObject({ shouldShutdown: true });
  });

  it('starts fenced, and is unfenced once it has replayed its registration', () => {
    const on = scene();
    const { offset } = on.image;
    const brokerEpoch = register(on, 102);
    expect(brokerEpoch).toBe(offset);
    expect(on.image.brokers.get(2)).toMatchObject({ fenced: true, epoch: brokerEpoch });
    expect(partitionOf(on, 1)).toMatchObject({ leader: 3, isr: [3, 1] });
    expect(beat(on, { brokerEpoch, metadataOffset: brokerEpoch })).toMatchObject({ errorCode: 0, fenced: true });
    expect(beat(on, { brokerEpoch })).toMatchObject({ errorCode: 0, fenced: false });
    expect(on.image.brokers.get(2)?.fenced).toBe(false);
  });

  it('with an epoch that is not its own it has to register again', () => {
    const on = scene();
    expect(beat(on, { brokerEpoch: 7 }).errorCode).toBe(ErrorCode.STALE_BROKER_EPOCH);
    expect(beat(on, { brokerId: 9 }).errorCode).toBe(ErrorCode.BROKER_ID_NOT_REGISTERED);
  });

  it('goes in order: leaders move, then it may go', () => {
    const on = scene();
    expect(beat(on, { wantShutdown: true })).toMatchObject({ shouldShutdown: false });
    expect(partitionOf(on, 1)).toMatchObject({ leader: 3, isr: [3, 1], leaderEpoch: 1 });
    expect(on.image.brokers.get(2)).toMatchObject({ fenced: false, inControlledShutdown: true });
    expect(beat(on, { wantShutdown: true })).toMatchObject({ shouldShutdown: true });
    expect(on.image.brokers.get(2)?.fenced).toBe(true);
  });

  it('after an unclean end it is eligible no more, after a clean one it is', () => {
    for (const clean of [true, false]) {
      const on = scene();
      const configs = [{ name: 'min.insync.replicas', configOperation: 0, value: '3' }];
      on.admin(44, 1, { resources: [{ resourceType: 2, resourceName: 'orders', configs }] });
      on.apply(fence(on.view, 2));
      expect(partitionOf(on)?.elr).toEqual([2]);
      register(on, clean ? 102 : -1);
      expect(partitionOf(on)?.elr).toEqual(clean ? [2] : []);
    }
  });
});
