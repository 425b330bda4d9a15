import { describe, expect, it } from 'vitest';
import {
  decodeCoordinatorRecord,
  encodeCoordinatorKey,
  encodeCoordinatorValue,
} from '../../src/protocol/coordinator-record.ts';
import { ProtocolError } from '../../src/protocol/schema/index.ts';

// Written by Apache Kafka's own serializers (4.3): group g, topic t, partition 3, offset 42, metadata m.
const OFFSET_KEY = '000100016700017400000003';
const OFFSET_VALUES: readonly (readonly [version: number, hex: string])[] = [
  [0, '0000000000000000002a00016d0000018bcfe56800'],
  [1, '0001000000000000002a00016d0000018bcfe568000000018bcfe58f0f'],
  [2, '0002000000000000002a00016d0000018bcfe56800'],
  [3, '0003000000000000002a0000000900016d0000018bcfe56800'],
  [4, '0004000000000000002a00000009026d0000018bcfe5680001001000000000000000010000000000000002'],
];
const GROUP_KEY = '0002000167';
const GROUP_VALUES: readonly (readonly [version: number, hex: string])[] = [
  [
    3,
    '00030008636f6e73756d657200000005000572616e676500026d310000018bcfe568000000000100026d31000169000163000a2f3132372e302e302e31000493e00000afc800000002000300000000',
  ],
  [
    4,
    '000409636f6e73756d6572000000050672616e6765036d310000018bcfe5680002036d31026902630b2f3132372e302e302e31000493e00000afc8030003010000',
  ],
];
const TIMESTAMP = 1_700_000_000_000;

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error.reason;
    throw error;
  }
  return 'no error';
}

describe('records of __consumer_offsets, as Apache Kafka writes them', () => {
  it.each(OFFSET_VALUES)('OffsetCommit value v%i', (version, bytes) => {
    const record = decodeCoordinatorRecord(hex(OFFSET_KEY), hex(bytes));
    expect(record).toEqual({
      kind: 'OffsetCommit',
      type: 1,
      key: { group: 'g', topic: 't', partition: 3 },
      version,
      value: {
        offset: 42,
        leaderEpoch: version >= 3 ? 9 : -1,
        metadata: 'm',
        commitTimestamp: TIMESTAMP,
        expireTimestamp: version === 1 ? TIMESTAMP + 9999 : -1,
        topicId: version >= 4 ? 'AAAAAAAAAAEAAAAAAAAAAg' : 'AAAAAAAAAAAAAAAAAAAAAA',
      },
    });
    if (record.kind !== 'OffsetCommit' || record.value === null) throw new Error('decoded as something else');
    expect(encodeCoordinatorKey('OffsetCommit', record.key).toString('hex')).toBe(OFFSET_KEY);
    expect(encodeCoordinatorValue('OffsetCommit', version, record.value).toString('hex')).toBe(bytes);
  });

  it.each(GROUP_VALUES)('GroupMetadata value v%i', (version, bytes) => {
    const record = decodeCoordinatorRecord(hex(GROUP_KEY), hex(bytes));
    expect(record).toEqual({
      kind: 'GroupMetadata',
      type: 2,
      key: { group: 'g' },
      version,
      value: {
        protocolType: 'consumer',
        generation: 5,
        protocol: 'range',
        leader: 'm1',
        currentStateTimestamp: TIMESTAMP,
        members: [
          {
            memberId: 'm1',
            groupInstanceId: 'i',
            clientId: 'c',
            clientHost: '/127.0.0.1',
            rebalanceTimeout: 300_000,
            sessionTimeout: 45_000,
            subscription: hex('0003'),
            assignment: Buffer.alloc(0),
          },
        ],
      },
    });
    if (record.kind !== 'GroupMetadata' || record.value === null) throw new Error('decoded as something else');
    expect(encodeCoordinatorKey('GroupMetadata', record.key).toString('hex')).toBe(GROUP_KEY);
    expect(encodeCoordinatorValue('GroupMetadata', version, record.value).toString('hex')).toBe(bytes);
  });

  it('a topic id that an older value version cannot carry is dropped, as Kafka drops it', () => {
    const value = {
      offset: 42,
      leaderEpoch: 9,
      metadata: 'm',
      commitTimestamp: TIMESTAMP,
      topicId: 'AAAAAAAAAAEAAAAAAAAAAg',
    };
    expect(encodeCoordinatorValue('OffsetCommit', 3, value).toString('hex')).toBe(OFFSET_VALUES[3]?.[1]);
  });

  it('a tombstone keeps its key', () => {
    expect(decodeCoordinatorRecord(hex(OFFSET_KEY), null)).toEqual({
      kind: 'OffsetCommit',
      type: 1,
      key: { group: 'g', topic: 't', partition: 3 },
      version: null,
      value: null,
    });
  });

  it('the first offset commit layout has key type 0', () => {
    const record = decodeCoordinatorRecord(
      hex('000000016700017400000003'),
      hex('0000000000000000002a00016d0000018bcfe56800'),
    );
    expect(record).toMatchObject({ kind: 'LegacyOffsetCommit', type: 0, version: 0, value: { offset: 42 } });
  });
});

describe('records that are newer or broken', () => {
  it.each([9, 18, 24, 999, -1])('type %i is a value', (type) => {
    const key = Buffer.alloc(2);
    key.writeInt16BE(type);
    expect(decodeCoordinatorRecord(key, hex('0000'))).toEqual({ kind: 'unknown-type', type });
  });

  it.each([5, 99, -1])('value version %i is a value that names the key', (version) => {
    const value = Buffer.alloc(20);
    value.writeInt16BE(version);
    expect(decodeCoordinatorRecord(hex(OFFSET_KEY), value)).toEqual({
      kind: 'unknown-version',
      name: 'OffsetCommit',
      type: 1,
      key: { group: 'g', topic: 't', partition: 3 },
      version,
    });
  });

  it('a missing key, a cut key, a cut value and bytes left over are typed errors', () => {
    const value = hex(OFFSET_VALUES[4]?.[1] ?? '');
    expect(reasonOf(() => decodeCoordinatorRecord(null, value))).toBe('unexpected-null');
    for (let end = 0; end < OFFSET_KEY.length / 2; end++) {
      expect(reasonOf(() => decodeCoordinatorRecord(hex(OFFSET_KEY).subarray(0, end), value))).toBe('truncated');
    }
    for (let end = 0; end < value.length; end++) {
      expect(reasonOf(() => decodeCoordinatorRecord(hex(OFFSET_KEY), value.subarray(0, end)))).toMatch(
        /^(truncated|bad-length)$/,
      );
    }
    const longer = Buffer.concat([value, Buffer.alloc(1)]);
    expect(reasonOf(() => decodeCoordinatorRecord(hex(OFFSET_KEY), longer))).toBe('trailing-bytes');
    expect(reasonOf(() => decodeCoordinatorRecord(hex(`${OFFSET_KEY}00`), value))).toBe('trailing-bytes');
  });
});
