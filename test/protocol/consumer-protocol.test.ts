import { AssignerProtocol } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/protocol/consumer-protocol.ts';
import { ProtocolError } from '../../src/protocol/schema/index.ts';
import fc, { runs } from '../property.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('subscriptions', () => {
  const owned = [{ topic: 't', partitions: [0, 2] }];

  it.each([
    [0, '0000 00000001 0001 74 ffffffff', {}],
    [1, '0001 00000001 0001 74 ffffffff 00000001 0001 74 00000002 00000000 00000002', { ownedPartitions: owned }],
    [2, '0002 00000001 0001 74 ffffffff 00000000 00000007', { generationId: 7 }],
    [3, '0003 00000001 0001 74 ffffffff 00000000 ffffffff 0001 72', { rackId: 'r' }],
  ])('version %i', (version, bytes, more) => {
    const value = { topics: ['t'], userData: null, ownedPartitions: [], generationId: -1, rackId: null, ...more };
    expect(decodeSubscription(hex(bytes))).toEqual({ version, ...value });
    expect(encodeSubscription(version, value)).toEqual(hex(bytes));
  });

  it('what kafkajs writes', () => {
    const bytes = AssignerProtocol.MemberMetadata.encode({
      version: 1,
      topics: ['a', 'b'],
      userData: Buffer.from([1, 2]),
    });
    // kafkajs says version 1, and writes the layout of version 0 all the same.
    expect(() => decodeSubscription(bytes)).toThrow(ProtocolError);
    bytes.writeInt16BE(0);
    expect(decodeSubscription(bytes)).toMatchObject({ version: 0, topics: ['a', 'b'], userData: Buffer.from([1, 2]) });
  });

  it('no bytes, no subscription', () => {
    expect(decodeSubscription(Buffer.alloc(0))).toBeNull();
    expect(decodeAssignment(Buffer.alloc(0))).toBeNull();
  });

  it('a newer version is read with the newest layout, and what it adds is left alone', () => {
    const bytes = hex('0009 00000001 0001 74 ffffffff 00000000 00000007 ffff deadbeef');
    expect(decodeSubscription(bytes)).toMatchObject({ version: 9, topics: ['t'], generationId: 7, rackId: null });
  });

  it('fields that an old version cannot say are dropped', () => {
    expect(encodeSubscription(0, { topics: [], rackId: 'r', generationId: 3 })).toEqual(hex('0000 00000000 ffffffff'));
  });
});

describe('assignments', () => {
  it.each([0, 1, 2, 3])('version %i', (version) => {
    const value = { assignedPartitions: [{ topic: 't', partitions: [0, 5] }], userData: Buffer.from([9]) };
    const bytes = hex(`000${version} 00000001 0001 74 00000002 00000000 00000005 00000001 09`);
    expect(encodeAssignment(version, value)).toEqual(bytes);
    expect(decodeAssignment(bytes)).toEqual({ version, ...value });
  });

  it('kafkajs, both ways', () => {
    const assignment = { orders: [0, 1], payments: [7] };
    const theirs = AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) });
    const assignedPartitions = [
      { topic: 'orders', partitions: [0, 1] },
      { topic: 'payments', partitions: [7] },
    ];
    expect(decodeAssignment(theirs)).toEqual({ version: 0, assignedPartitions, userData: Buffer.alloc(0) });
    const ours = encodeAssignment(0, { assignedPartitions, userData: Buffer.alloc(0) });
    expect(AssignerProtocol.MemberAssignment.decode(ours)).toMatchObject({ assignment });
  });
});

describe('bytes of another protocol type', () => {
  it.each([
    ['one byte', '00'],
    ['text', Buffer.from('{"host":"connect-1"}').toString('hex')],
    ['a negative version', 'ffff 00000000'],
    ['a count without topics', '0000 7fffffff'],
    ['a topic that is no text', '0000 00000001 0002 c0af ffffffff'],
  ])('%s is a ProtocolError', (_, bytes) => {
    expect(() => decodeSubscription(hex(bytes))).toThrow(ProtocolError);
    expect(() => decodeAssignment(hex(bytes))).toThrow(ProtocolError);
  });

  it('any bytes are a value or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
        for (const decode of [decodeSubscription, decodeAssignment]) {
          try {
            decode(Buffer.from(data));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});
