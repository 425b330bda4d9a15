import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigResourceType } from '../../protocol/config-resource.ts';
import { METADATA_TOPIC } from '../../protocol/internal-topics.ts';
import { decodeMetadataRecord } from '../../protocol/metadata-record.ts';
import { ProtocolError } from '../../protocol/schema/index.ts';
import { isControl, RecordError, records } from '../../records/index.ts';
import { readSideFile } from '../dump-side-file.ts';
import { fileKind, isCompactedByName } from '../file-kind.ts';
import { SegmentScanner } from '../scanner.ts';
import { SIDE_FILE_LIMIT } from '../side-files.ts';
import { openSource, readSmallFile, SourceError } from '../source.ts';
import { type ConfigSource, KAFKA_DEFAULTS, type RetentionConfig } from './retention.ts';

/** Settings that were made on a running cluster, by name. */
export interface StoredConfigs {
  readonly topics: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** By broker id; '' is what holds for all. */
  readonly brokers: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * The settings of topics and brokers that the cluster's metadata tells, where its log lies in this log directory (KRaft; a
 * broker has a copy as well as a controller); null where it does not. What stands in server.properties is not among them.
 */
export function readStoredConfigs(logDirectory: string): StoredConfigs | null {
  const directory = join(logDirectory, `${METADATA_TOPIC}-0`);
  const { snapshot, logs } = metadataFiles(directory);
  const files = [...(snapshot === null ? [] : [snapshot]), ...logs];
  if (files.length === 0) return null;
  const state = new ConfigState();
  const from = snapshot === null ? 0 : (fileKind(snapshot).offset ?? 0);
  for (const path of files) {
    try {
      readFile(path, path === snapshot ? 0 : from, state);
    } catch (error) {
      // What cannot be read says nothing here: `segments verify` tells of it.
      if (!(error instanceof SourceError)) throw error;
    }
  }
  return state;
}

/** The newest snapshot, and the logs. */
function metadataFiles(directory: string): { readonly snapshot: string | null; readonly logs: readonly string[] } {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { snapshot: null, logs: [] };
    throw error;
  }
  const live = names.filter((name) => fileKind(name).state === 'live' && fileKind(name).offset !== null);
  const paths = (type: 'log' | 'metadata-snapshot'): readonly string[] =>
    live.filter((name) => fileKind(name).type === type).map((name) => join(directory, name));
  return { snapshot: paths('metadata-snapshot').at(-1) ?? null, logs: paths('log') };
}

/** Takes in the records from offset `from` on; what is before that, the snapshot says. */
function readFile(path: string, from: number, state: ConfigState): void {
  const source = openSource(path);
  try {
    const scanner = new SegmentScanner(source, { bodies: true, crc: true });
    for (let step = scanner.next(); step !== 'end'; step = scanner.next()) {
      if (step === 'damage' || scanner.valid !== true || isControl(scanner.buffer, scanner.at)) continue;
      try {
        for (const { offset, value } of records(scanner.buffer, scanner.at)) {
          if (offset >= from && value !== null) state.take(value);
        }
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
      }
    }
  } finally {
    source.close();
  }
}

/** The id of the broker that a log directory belongs to; '' where it does not say. */
export function brokerIdOf(logDirectory: string): string {
  const path = join(logDirectory, 'meta.properties');
  try {
    const [entry] = readSideFile(path, readSmallFile(path, SIDE_FILE_LIMIT)).entries;
    return String(entry?.['nodeId'] ?? '');
  } catch (error) {
    if (error instanceof SourceError) return '';
    throw error;
  }
}

class ConfigState implements StoredConfigs {
  readonly topics = new Map<string, Map<string, string>>();
  readonly brokers = new Map<string, Map<string, string>>();
  readonly #names = new Map<string, string>();

  take(value: Buffer): void {
    const decoded = decodedOrNull(value);
    if (decoded === null) return;
    if (decoded.kind === 'TopicRecord') this.#names.set(decoded.value.topicId, decoded.value.name);
    else if (decoded.kind === 'RemoveTopicRecord') this.topics.delete(this.#names.get(decoded.value.topicId) ?? '');
    else if (decoded.kind === 'ConfigRecord') {
      const { resourceType, resourceName, name, value: text } = decoded.value;
      const all =
        resourceType === ConfigResourceType.topic
          ? this.topics
          : resourceType === ConfigResourceType.broker
            ? this.brokers
            : null;
      if (all === null) return;
      const configs = all.get(resourceName) ?? new Map<string, string>();
      all.set(resourceName, configs);
      if (text === null) configs.delete(name);
      else configs.set(name, text);
    }
  }
}

function decodedOrNull(value: Buffer) {
  try {
    return decodeMetadataRecord(value);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** One setting that decides about segments, as it holds for a topic. */
export interface EffectiveConfig {
  readonly name: string;
  readonly value: string;
  readonly source: ConfigSource;
}

/** A topic's setting, its name as a broker's, and its default. */
const SETTINGS = [
  ['cleanup.policy', 'log.cleanup.policy', 'delete'],
  ['retention.ms', 'log.retention.ms', String(KAFKA_DEFAULTS.retentionMs)],
  ['retention.bytes', 'log.retention.bytes', String(KAFKA_DEFAULTS.retentionBytes)],
  ['segment.ms', 'log.roll.ms', String(KAFKA_DEFAULTS.segmentMs)],
  ['segment.bytes', 'log.segment.bytes', String(KAFKA_DEFAULTS.segmentBytes)],
  ['min.compaction.lag.ms', 'log.cleaner.min.compaction.lag.ms', String(KAFKA_DEFAULTS.minCompactionLagMs)],
  ['min.cleanable.dirty.ratio', 'log.cleaner.min.cleanable.ratio', String(KAFKA_DEFAULTS.minCleanableDirtyRatio)],
] as const;
export type SettingName = (typeof SETTINGS)[number][0];

/** The settings of a topic: what was given goes before what the metadata says, a topic's before a broker's. */
export function effectiveConfigs(
  stored: StoredConfigs | null,
  topic: string | null,
  brokerId: string,
  given: ReadonlyMap<SettingName, string>,
): readonly EffectiveConfig[] {
  return SETTINGS.map(([name, brokerName, otherwise]): EffectiveConfig => {
    const own = given.get(name);
    if (own !== undefined) return { name, value: own, source: 'given' };
    const topics = topic === null ? undefined : stored?.topics.get(topic)?.get(name);
    if (topics !== undefined) return { name, value: topics, source: 'topic' };
    const broker = stored?.brokers.get(brokerId)?.get(brokerName) ?? stored?.brokers.get('')?.get(brokerName);
    if (broker !== undefined) return { name, value: broker, source: 'broker' };
    // Kafka makes its own topics compacted; without their metadata that is still so.
    const internal = name === 'cleanup.policy' && isCompactedByName(topic ?? '');
    return { name, value: internal ? 'compact' : otherwise, source: 'default' };
  });
}

export function retentionConfig(configs: readonly EffectiveConfig[]): RetentionConfig {
  const text = (name: SettingName): string => configs.find((each) => each.name === name)?.value ?? '';
  const number = (name: SettingName, otherwise: number): number => {
    const value = Number(text(name));
    return text(name) === '' || Number.isNaN(value) ? otherwise : value;
  };
  const policies = text('cleanup.policy')
    .split(',')
    .map((policy) => policy.trim());
  return {
    cleanupPolicy: { delete: policies.includes('delete'), compact: policies.includes('compact') },
    retentionMs: number('retention.ms', KAFKA_DEFAULTS.retentionMs),
    retentionBytes: number('retention.bytes', KAFKA_DEFAULTS.retentionBytes),
    segmentMs: number('segment.ms', KAFKA_DEFAULTS.segmentMs),
    segmentBytes: number('segment.bytes', KAFKA_DEFAULTS.segmentBytes),
    minCompactionLagMs: number('min.compaction.lag.ms', KAFKA_DEFAULTS.minCompactionLagMs),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio', KAFKA_DEFAULTS.minCleanableDirtyRatio),
  };
}
