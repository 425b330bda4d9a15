import { describe, expect, it } from 'vitest';
import { ConfigError, createNodeConfig, effectiveTopicConfig } from '../../../src/broker/config/index.ts';
import { BROKER_DEFINITIONS } from '../../../src/broker/config/node-config.ts';
import { TOPIC_DEFINITIONS } from '../../../src/broker/config/topic-definitions.ts';
import { describeBroker, describeTopic } from '../../../src/broker/handlers/describe-config.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { Scene } from './scene.ts';

const ALTER = 33;
const INCREMENTAL = 44;
const TOPIC = 2;
const BROKER = 4;

function scene(statics: Record<string, string> = {}, elr = 1): Scene {
  const made = new Scene(3, statics, elr);
  made.admin(19, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 3 }] });
  return made;
}

const change = (name: string, configOperation: number, value: string | null) => ({ name, configOperation, value });
const incremental = (on: Scene, resourceType: number, resourceName: string, ...configs: object[]) =>
  on.admin(INCREMENTAL, 1, { resources: [{ resourceType, resourceName, configs }] });
const answer = (errorCode: number, message?: string) => ({
  responses: [{ errorCode, errorMessage: message === undefined ? null : expect.stringContaining(message) }],
});

describe('definitions', () => {
  it('every synonym is a broker setting of the same type, and every default is valid', () => {
    for (const definition of TOPIC_DEFINITIONS) {
      for (const { name } of definition.synonyms) expect(BROKER_DEFINITIONS.get(name), name).toBeDefined();
      const [same] = definition.synonyms.filter((synonym) => synonym.scale === 1);
      if (same !== undefined) expect(BROKER_DEFINITIONS.get(same.name)?.type).toBe(definition.type);
    }
    expect(TOPIC_DEFINITIONS).toHaveLength(33);
    expect(BROKER_DEFINITIONS.size).toBe(343);
  });
});

describe('settings of a node', () => {
  it('static over default, dynamic over static, its own over the cluster’s', () => {
    const on = scene({ 'message.max.bytes': '100' });
    expect(on.config.number('message.max.bytes')).toBe(100);
    incremental(on, BROKER, '', change('message.max.bytes', 0, '200'));
    expect(on.config.number('message.max.bytes')).toBe(200);
    incremental(on, BROKER, '1', change('message.max.bytes', 0, '300'));
    expect(on.config.number('message.max.bytes')).toBe(300);
    incremental(on, BROKER, '2', change('message.max.bytes', 0, '400'));
    expect(on.config.number('message.max.bytes')).toBe(300);
    incremental(on, BROKER, '1', change('message.max.bytes', 1, null));
    expect(on.config.number('message.max.bytes')).toBe(200);
    expect(on.config.boolean('auto.create.topics.enable')).toBe(true);
    expect(on.config.string('log.cleanup.policy')).toBe('delete');
  });

  it.each([
    ['no.such.setting', '1', 'Unknown broker config name: no.such.setting'],
    ['num.partition', '1', 'Did you mean num.partitions?'],
    ['num.partitions', '0', 'Value must be at least 1'],
    ['kmedic.fault.freeze', 'for=5s', 'while the brokers run'],
    ['compression.type', 'zstd', 'as the producer sent them'],
  ])('refuses to start with %s=%s', (name, value, message) => {
    const statics = new Map([[name, value]]);
    const make = () => createNodeConfig({ nodeId: 1, nodes: 1, statics, image: () => scene().image });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });
});

describe('settings of a topic', () => {
  it('fall back to the broker’s, in their own unit', () => {
    const on = scene({ 'log.retention.hours': '2', 'log.segment.bytes': '4096' });
    expect(effectiveTopicConfig(on.image, 'orders', on.config)).toMatchObject({
      retentionMs: 7_200_000,
      segmentBytes: 4096,
    });
    incremental(on, TOPIC, 'orders', change('retention.ms', 0, '5'), change('cleanup.policy', 0, 'compact,delete'));
    expect(effectiveTopicConfig(on.image, 'orders', on.config)).toMatchObject({
      retentionMs: 5,
      cleanupPolicy: { delete: true, compact: true },
    });
  });

  it('are the same object until a setting changes', () => {
    const on = scene();
    const before = effectiveTopicConfig(on.image, 'orders', on.config);
    on.admin(19, 7, { topics: [{ name: 'other', numPartitions: 1, replicationFactor: 1 }] });
    expect(effectiveTopicConfig(on.image, 'orders', on.config)).toBe(before);
    incremental(on, TOPIC, 'orders', change('retention.ms', 0, '5'));
    expect(effectiveTopicConfig(on.image, 'orders', on.config)).not.toBe(before);
  });

  it('are described with source and synonyms as Kafka does', () => {
    const on = scene();
    incremental(on, BROKER, '', change('min.insync.replicas', 0, '1'));
    incremental(on, TOPIC, 'orders', change('min.insync.replicas', 0, '2'));
    const described = describeTopic(on.image.topicConfigs.get('orders'), on.image, on.config);
    const of = (name: string) => described.find((entry) => entry.name === name);
    // What kafka-configs 4.3.1 shows for the same cluster.
    expect(of('min.insync.replicas')).toMatchObject({
      value: '2',
      configSource: 1,
      synonyms: [
        { name: 'min.insync.replicas', value: '2', source: 1 },
        { name: 'min.insync.replicas', value: '1', source: 3 },
        { name: 'min.insync.replicas', value: '1', source: 5 },
      ],
    });
    expect(of('retention.ms')).toMatchObject({ value: '604800000', configSource: 5, synonyms: [] });
    expect(of('max.message.bytes')).toMatchObject({
      value: '1048588',
      configSource: 5,
      synonyms: [{ name: 'message.max.bytes', value: '1048588', source: 5 }],
    });
    expect(of('remote.storage.enable')).toMatchObject({ value: 'false', synonyms: [] });
  });

  it('broker settings hide secrets and say what is read-only', () => {
    const on = scene({ 'ssl.key.password': 'hunter2', 'num.partitions': '2' });
    const described = describeBroker(on.image, on.config);
    expect(JSON.stringify(described).includes('hunter2')).toBe(false);
    expect(described.find((entry) => entry.name === 'num.partitions')).toMatchObject({
      value: '2',
      readOnly: true,
      configSource: 4,
    });
    expect(described.find((entry) => entry.name === 'message.max.bytes')?.readOnly).toBe(false);
  });
});

describe('IncrementalAlterConfigs', () => {
  it('sets, appends, subtracts and deletes', () => {
    const on = scene();
    const value = () => on.image.topicConfigs.get('orders')?.get('cleanup.policy');
    expect(incremental(on, TOPIC, 'orders', change('cleanup.policy', 2, 'compact'))).toMatchObject(answer(0));
    expect(value()).toBe('delete,compact');
    incremental(on, TOPIC, 'orders', change('cleanup.policy', 3, 'delete'));
    expect(value()).toBe('compact');
    incremental(on, TOPIC, 'orders', change('cleanup.policy', 1, null));
    expect(value()).toBeUndefined();
  });

  it('validate only changes nothing', () => {
    const on = scene();
    const resources = [{ resourceType: TOPIC, resourceName: 'orders', configs: [change('retention.ms', 0, '1')] }];
    expect(on.admin(INCREMENTAL, 1, { resources, validateOnly: true })).toMatchObject(answer(0));
    expect(on.image.topicConfigs.size).toBe(0);
  });

  it.each([
    [
      'an unknown topic',
      TOPIC,
      'x',
      [change('retention.ms', 0, '1')],
      'UNKNOWN_TOPIC_OR_PARTITION',
      "The topic 'x' does not exist.",
    ],
    ['an unknown name', TOPIC, 'orders', [change('foo', 0, '1')], 'INVALID_CONFIG', 'Unknown topic config name: foo'],
    [
      'a wrong value',
      TOPIC,
      'orders',
      [change('retention.ms', 0, 'abc')],
      'INVALID_CONFIG',
      'Not a number of type LONG',
    ],
    [
      'append to what is no list',
      TOPIC,
      'orders',
      [change('retention.ms', 2, '1')],
      'INVALID_CONFIG',
      "Can't APPEND to key retention.ms",
    ],
    [
      'a key twice',
      TOPIC,
      'orders',
      [change('retention.ms', 0, '1'), change('retention.ms', 1, null)],
      'INVALID_REQUEST',
      'duplicate',
    ],
    ['set to null', TOPIC, 'orders', [change('retention.ms', 0, null)], 'INVALID_REQUEST', 'Null value'],
    [
      'an operation that is none',
      TOPIC,
      'orders',
      [change('retention.ms', 9, '1')],
      'INVALID_REQUEST',
      'Unknown config operation 9',
    ],
    [
      'one wrong among right ones',
      TOPIC,
      'orders',
      [change('retention.ms', 0, '1'), change('foo', 0, '1')],
      'INVALID_CONFIG',
      'foo',
    ],
    [
      'lags that exclude each other',
      TOPIC,
      'orders',
      [change('min.compaction.lag.ms', 0, '9'), change('max.compaction.lag.ms', 0, '5')],
      'INVALID_CONFIG',
      'max.compaction.lag.ms',
    ],
    [
      'a read-only broker setting',
      BROKER,
      '1',
      [change('num.partitions', 0, '3')],
      'INVALID_REQUEST',
      'Cannot update these configs dynamically: [num.partitions]',
    ],
    [
      'a wrong broker value',
      BROKER,
      '',
      [change('message.max.bytes', 0, '-3')],
      'INVALID_REQUEST',
      'Value must be at least 0',
    ],
    [
      'an unknown broker setting',
      BROKER,
      '',
      [change('no.such.thing', 0, '3')],
      'INVALID_CONFIG',
      'Unknown broker config name',
    ],
    [
      'a fault that there is not',
      BROKER,
      '',
      [change('kmedic.fault.freze', 0, '3s')],
      'INVALID_CONFIG',
      'Did you mean kmedic.fault.freeze?',
    ],
    ['an unknown broker', BROKER, '9', [change('message.max.bytes', 0, '3')], 'INVALID_REQUEST', 'No broker with id 9'],
    [
      'min.insync.replicas of one broker, with ELR',
      BROKER,
      '1',
      [change('min.insync.replicas', 0, '2')],
      'INVALID_CONFIG',
      'while ELR is enabled',
    ],
    [
      'removing that of the cluster, with ELR',
      BROKER,
      '',
      [change('min.insync.replicas', 1, null)],
      'INVALID_CONFIG',
      'cannot be removed',
    ],
    ['a resource without settings', 32, 'g', [change('x', 0, '2')], 'INVALID_REQUEST', 'Resource type 32'],
  ] as const)('refuses %s', (_name, type, resource, configs, error, message) => {
    const on = scene();
    const before = on.image;
    expect(incremental(on, type, resource, ...configs)).toMatchObject(answer(ErrorCode[error], message));
    expect(on.image.topicConfigs).toEqual(before.topicConfigs);
    expect(on.image.brokerConfigs).toEqual(before.brokerConfigs);
  });
});

describe('AlterConfigs', () => {
  it('takes back what is not in the request', () => {
    const on = scene();
    incremental(on, TOPIC, 'orders', change('retention.ms', 0, '1'), change('segment.bytes', 0, '9999'));
    const configs = [{ name: 'retention.ms', value: '2' }];
    const resources = [{ resourceType: TOPIC, resourceName: 'orders', configs }];
    expect(on.admin(ALTER, 1, { resources })).toMatchObject(answer(0));
    expect([...(on.image.topicConfigs.get('orders') ?? [])]).toEqual([['retention.ms', '2']]);
  });
});
