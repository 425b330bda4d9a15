import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodeConfig, effectiveTopicConfig } from '../../../src/broker/config/index.ts';
import { fence, heartbeat, registerBroker } from '../../../src/broker/controller/brokers.ts';
import type { ControllerView } from '../../../src/broker/controller/decision.ts';
import type { MetadataImage } from '../../../src/broker/image.ts';
import { isKind, metadataRecords, type PendingRecord } from '../../../src/broker/metadata/record.ts';
import { emptyImage, Replay } from '../../../src/broker/metadata/replay.ts';
import type { MetadataRecord } from '../../../src/protocol/metadata-record.ts';
import { batches } from '../../../src/records/index.ts';
import { seededRandom } from '../virtual.ts';

/* A log that Kafka's own controller wrote is the oracle here: for what replaying gives, and for what is decided. */

const directory = new URL('../../../fixtures/metadata-log/', import.meta.url);
const log = readFileSync(new URL('00000000000000000000.log', directory));

interface Described {
  readonly name: string;
  readonly endOffset: number;
  readonly partitions: Record<string, object>;
}
const moments: Described[] = JSON.parse(readFileSync(new URL('described.json', directory), 'utf8'));

/** Broker epoch of the start after the kill. */
const LAST_START_OF_NODE_3 = 3353;

type Entry = { readonly offset: number; readonly record: MetadataRecord };

const written = [...batches(log)].map((span) =>
  [...metadataRecords(log.subarray(span.position, span.position + span.size))].filter(
    (entry): entry is Entry => entry.record !== null,
  ),
);

function replayUpTo(endOffset: number): MetadataImage {
  const run = new Replay(emptyImage('c'));
  for (const { offset, record } of written.flat()) if (offset < endOffset) run.apply(offset, record);
  return run.finish().image;
}

function viewOf(image: MetadataImage): ControllerView {
  const config = createNodeConfig({ nodeId: 1, nodes: 3, statics: new Map(), image: () => image });
  return {
    image,
    random: seededRandom(1),
    minInsyncReplicas: (topic) => effectiveTopicConfig(image, topic, config).minInsyncReplicas,
    unclean: () => false,
  };
}

/** The partition changes among records, by partition, without regard to their order. */
function changes(records: readonly MetadataRecord[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const record of records) {
    if (!isKind(record, 'PartitionChangeRecord')) continue;
    found[`${record.value.topicId}-${record.value.partitionId}`] = record.value;
  }
  return found;
}

const recordsOf = (pending: readonly PendingRecord[]) => pending.map((entry) => entry.record);

describe('a metadata log by Kafka 4.3.1', () => {
  it.each(moments.map((moment) => [moment.name, moment] as const))(
    'replays to what kafka-topics described (%s)',
    (_name, moment) => {
      const image = replayUpTo(moment.endOffset);
      const partitions = [...image.topics.values()].flatMap((topic) =>
        topic.partitions.map(({ partition, leader, replicas, isr, elr, lastKnownElr }) => [
          `${topic.name}-${partition}`,
          { leader, replicas, isr, elr, lastKnownElr },
        ]),
      );
      expect(Object.fromEntries(partitions)).toEqual(moment.partitions);
    },
  );

  it('brokers and features as they were', () => {
    const image = replayUpTo(Number.POSITIVE_INFINITY);
    expect([...image.brokers.values()].map(({ id, host, rack, fenced }) => [id, host, rack, fenced]).sort()).toEqual([
      [1, 'localhost', 'r1', false],
      [2, 'localhost', 'r2', false],
      [3, 'localhost', 'r3', false],
    ]);
    expect(image.features.get('metadata.version')).toBe(30);
    expect(image.brokerConfigs.get('')?.get('min.insync.replicas')).toBe('1');
  });

  /** Each batch in which a broker came or went: how our controller decides on the same image. */
  const events = written.flatMap((entries) => {
    const [first] = entries;
    if (first === undefined) return [];
    const given = entries.map((entry) => entry.record);
    return given.flatMap((record) => {
      const decide = decisionFor(record, first.offset);
      return decide === null ? [] : [[`offset ${first.offset}: ${decide.what}`, first.offset, given, decide] as const];
    });
  });

  it('has every kind of event', () => {
    const kinds = new Set(events.map(([, , , event]) => event.what));
    expect([...kinds].sort()).toEqual([
      'controlled shutdown',
      'fenced',
      'registered, clean',
      'registered, unclean',
      'unfenced',
    ]);
  });

  it.each(events)('%s changes the same partitions in the same way', (_name, offset, given, event) => {
    expect(changes(recordsOf(event.decide(viewOf(replayUpTo(offset)))))).toEqual(changes(given));
  });
});

interface Decision {
  readonly what: string;
  readonly decide: (view: ControllerView) => readonly PendingRecord[];
}

/** What happened, from the record that says so; null for records that are not about a broker's standing. */
function decisionFor(record: MetadataRecord, offset: number): Decision | null {
  if (isKind(record, 'BrokerRegistrationChangeRecord')) {
    const { brokerId, brokerEpoch, fenced, inControlledShutdown } = record.value;
    const beat = { brokerId, brokerEpoch, metadataOffset: offset, wantShutdown: inControlledShutdown === 1 };
    if (fenced === 1) return { what: 'fenced', decide: (view) => fence(view, brokerId) };
    if (fenced === -1) return { what: 'unfenced', decide: (view) => heartbeat(view, beat).records };
    if (inControlledShutdown === 1) {
      return { what: 'controlled shutdown', decide: (view) => heartbeat(view, beat).records };
    }
    return null;
  }
  if (!isKind(record, 'RegisterBrokerRecord')) return null;
  const { brokerId, incarnationId, rack } = record.value;
  const before = replayUpTo(offset).brokers.get(brokerId);
  // Only the last start of node 3 came after a kill; the log does not say how a broker ended.
  const clean = record.value.brokerEpoch !== LAST_START_OF_NODE_3;
  const previousBrokerEpoch = clean ? (before?.epoch ?? -1) : -1;
  const request = { brokerId, incarnationId, host: 'localhost', port: 1, rack, previousBrokerEpoch };
  return {
    what: `registered, ${clean ? 'clean' : 'unclean'}`,
    decide: (view) => registerBroker(view, request, offset).records,
  };
}
