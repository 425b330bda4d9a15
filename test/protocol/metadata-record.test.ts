import { describe, expect, it } from 'vitest';
import { FeatureLevelRecord, NoOpRecord, PartitionRecord, TopicRecord } from '../../src/protocol/metadata/index.ts';
import { decodeMetadataRecord, encodeMetadataRecord, metadataApiKey } from '../../src/protocol/metadata-record.ts';
import { ProtocolError } from '../../src/protocol/schema/index.ts';

const topicId = 'AAAAAAAAAAEAAAAAAAAAAg';

describe('records of __cluster_metadata', () => {
  it('frame version, API key and version are unsigned varints before the body', () => {
    const bytes = encodeMetadataRecord(TopicRecord, 2, 0, { name: 'orders', topicId });
    expect(bytes.toString('hex')).toBe(`010200076f7264657273${'0000000000000001'}${'0000000000000002'}00`);
    expect(decodeMetadataRecord(bytes)).toEqual({
      kind: 'TopicRecord',
      apiKey: 2,
      version: 0,
      value: { name: 'orders', topicId },
    });
  });

  it('a feature level as kafka-storage writes it', () => {
    const bytes = encodeMetadataRecord(FeatureLevelRecord, metadataApiKey('FeatureLevelRecord'), 0, {
      name: 'metadata.version',
      featureLevel: 25,
    });
    expect(bytes.toString('hex')).toBe(`010c0011${Buffer.from('metadata.version').toString('hex')}001900`);
  });

  it('a partition comes back with its fields', () => {
    const value = {
      partitionId: 1,
      topicId,
      replicas: [1, 2, 3],
      isr: [1, 2],
      leader: 1,
      leaderEpoch: 4,
      partitionEpoch: 7,
    };
    const record = decodeMetadataRecord(encodeMetadataRecord(PartitionRecord, 3, 2, value));
    expect(record).toMatchObject({ kind: 'PartitionRecord', version: 2, value: { ...value, lastKnownElr: null } });
  });

  it('what a newer controller wrote is a value', () => {
    expect(decodeMetadataRecord(Buffer.from([1, 200, 1, 0, 9, 9]))).toEqual({
      kind: 'unknown',
      apiKey: 200,
      version: 0,
    });
    expect(decodeMetadataRecord(Buffer.from([1, 2, 9]))).toEqual({ kind: 'unknown', apiKey: 2, version: 9 });
  });

  it('another frame version, broken bytes and a key of another record are typed errors', () => {
    expect(() => decodeMetadataRecord(Buffer.from([2, 20, 0, 0]))).toThrow(ProtocolError);
    expect(() => decodeMetadataRecord(Buffer.from([1, 2, 0, 99]))).toThrow(ProtocolError);
    expect(() => decodeMetadataRecord(Buffer.from([1, 20, 0, 0, 0]))).toThrow(ProtocolError);
    expect(() => decodeMetadataRecord(Buffer.alloc(0))).toThrow(ProtocolError);
    expect(() => encodeMetadataRecord(NoOpRecord, 2, 0, {})).toThrow(ProtocolError);
  });
});
