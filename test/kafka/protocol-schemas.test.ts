import { describe, expect, it } from 'vitest';
import * as coordinator from '../../src/protocol/coordinator/index.ts';
import { type CoordinatorRecordName, encodeCoordinatorKey } from '../../src/protocol/coordinator-record.ts';
import * as metadata from '../../src/protocol/metadata/index.ts';
import { type MetadataRecordName, metadataApiKey } from '../../src/protocol/metadata-record.ts';
import {
  type Field,
  type Fields,
  includes,
  int32,
  intersect,
  type Message,
  message,
  string,
  versionRange,
} from '../../src/protocol/schema/index.ts';
import { ALL_APIS, ALL_MESSAGES, versionsOf } from '../protocol/all-messages.ts';
import { differences, layoutOf } from '../protocol/layout.ts';
import { KAFKA_VERSIONS, type KafkaVersion } from './jars.ts';
import { type Definition, definedLayout, definedVersions, messageDefinitions } from './message-definitions.ts';

const RELEASES = KAFKA_VERSIONS;
type Release = KafkaVersion;
const definitions = new Map<Release, Map<string, Definition>>(
  RELEASES.map((release) => [release, messageDefinitions(release)]),
);

/** Where our one schema cannot equal both releases: the newer one is followed, and this is why that is safe. */
interface Listed {
  readonly release: Release;
  readonly messages: readonly string[];
  readonly differences: readonly string[];
  readonly reason: string;
}

const ID_BESIDE_NAME =
  'newer versions carry a topic id instead, so a name given beside it may be dropped; no byte differs';
const TAG_WITHOUT_BUMP = 'a tagged field that came later without a new version; a 3.9 reader skips it';

const LISTED: readonly Listed[] = [
  {
    release: '3.9.2',
    messages: ['ProduceRequest'],
    differences: ['topicData[].name: ignorable true, not false'],
    reason: ID_BESIDE_NAME,
  },
  {
    release: '3.9.2',
    messages: ['ProduceResponse'],
    differences: ['responses[].name: ignorable true, not false'],
    reason: ID_BESIDE_NAME,
  },
  {
    release: '3.9.2',
    messages: ['OffsetCommitRequest', 'OffsetCommitResponse'],
    differences: ['topics[].name: ignorable true, not false'],
    reason: ID_BESIDE_NAME,
  },
  {
    release: '3.9.2',
    messages: ['OffsetFetchRequest', 'OffsetFetchResponse'],
    differences: ['groups[].topics[].name: ignorable true, not false'],
    reason: ID_BESIDE_NAME,
  },
  {
    release: '3.9.2',
    messages: ['OffsetCommitValue'],
    differences: ['topicId: only here'],
    reason: TAG_WITHOUT_BUMP,
  },
  {
    release: '3.9.2',
    messages: ['ConsumerGroupMetadataValue'],
    differences: ['metadataHash: only here'],
    reason: TAG_WITHOUT_BUMP,
  },
  {
    release: '3.9.2',
    messages: ['ShareGroupMetadataValue'],
    differences: ['metadataHash: only here'],
    reason: 'a plain field that came before share groups were released: 3.9 could not be asked to write the record',
  },
  {
    release: '3.9.2',
    messages: ['ConsumerGroupTargetAssignmentMetadataValue'],
    differences: ['assignmentTimestamp: only here'],
    reason: TAG_WITHOUT_BUMP,
  },
  {
    release: '3.9.2',
    messages: ['ConsumerGroupCurrentMemberAssignmentValue'],
    differences: [
      'assignedPartitions[].assignmentEpochs: only here',
      'partitionsPendingRevocation[].assignmentEpochs: only here',
    ],
    reason: TAG_WITHOUT_BUMP,
  },
  {
    release: '3.9.2',
    messages: ['TransactionLogValue'],
    differences: [
      'previousProducerId: only here',
      'nextProducerId: only here',
      'nextProducerEpoch: only here',
      'clientTransactionVersion: only here',
    ],
    reason: TAG_WITHOUT_BUMP,
  },
];

/** Messages whose version range is not that of the newest release, with the reason. Today there is none. */
const OTHER_RANGES: Readonly<Record<string, string>> = {};

function isListed(release: Release, name: string, difference: string): boolean {
  return LISTED.some(
    (entry) => entry.release === release && entry.messages.includes(name) && entry.differences.includes(difference),
  );
}

/** Every difference between a message of ours and a release's, over all versions that both know. */
function compare(ours: Message, definition: Definition): { compared: number; found: Set<string> } {
  const found = new Set<string>();
  const common = versionsOf(ours).filter((version) => includes(definedVersions(definition), version));
  for (const version of common) {
    for (const text of differences(layoutOf(ours, version), definedLayout(definition, version))) found.add(text);
  }
  return { compared: common.length, found };
}

describe.each(RELEASES)('our schemas and the definitions in the jars of Apache Kafka %s', (release) => {
  const known = definitions.get(release) ?? new Map<string, Definition>();
  const both = [...ALL_MESSAGES].filter(([name]) => known.has(name));

  it.each(both)('%s', (name, ours) => {
    const definition = known.get(name);
    const { found } = compare(ours, definition as Definition);
    expect([...found].filter((text) => !isListed(release, name, text))).toEqual([]);
  });

  it('compares a fair part of what there is', () => {
    const versions = both.map(([name, ours]) => compare(ours, known.get(name) as Definition).compared);
    expect(versions.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(350);
  });

  it('every listed difference is really there', () => {
    for (const entry of LISTED.filter((listed) => listed.release === release)) {
      for (const name of entry.messages) {
        const { found } = compare(ALL_MESSAGES.get(name) as Message, known.get(name) as Definition);
        expect([...found], name).toEqual(expect.arrayContaining([...entry.differences]));
      }
    }
  });
});

describe('versions and keys', () => {
  const newest = definitions.get('4.3.1') ?? new Map<string, Definition>();

  it('every message of ours is defined in a release, and compared in at least one version', () => {
    for (const [name, ours] of ALL_MESSAGES) {
      const compared = RELEASES.map((release) => definitions.get(release)?.get(name)).map((definition) =>
        definition === undefined ? 0 : compare(ours, definition).compared,
      );
      expect([name, Math.max(...compared)], name).not.toEqual([name, 0]);
    }
  });

  it('version ranges are those of 4.3.1', () => {
    const different = [...ALL_MESSAGES].filter(([name, ours]) => {
      const definition = newest.get(name);
      if (definition === undefined) return !(name in OTHER_RANGES);
      const theirs = definedVersions(definition);
      return (ours.versions.min !== theirs.min || ours.versions.max !== theirs.max) && !(name in OTHER_RANGES);
    });
    expect(different.map(([name]) => name)).toEqual([]);
  });

  it('API keys are those of 4.3.1', () => {
    for (const api of ALL_APIS) {
      expect([api.name, newest.get(`${api.name}Request`)?.apiKey]).toEqual([api.name, api.key]);
      expect([api.name, newest.get(`${api.name}Response`)?.apiKey]).toEqual([api.name, api.key]);
    }
  });

  it('the types of coordinator records and the keys of metadata records are those of 4.3.1', () => {
    const keys = Object.keys(coordinator).filter((name) => name.endsWith('Key'));
    expect(keys.length).toBeGreaterThan(20);
    for (const name of keys) {
      const type = encodeCoordinatorKey(name.replace(/Key$/, '') as CoordinatorRecordName, {}).readInt16BE(0);
      expect([name, newest.get(name)?.apiKey]).toEqual([name, type]);
      expect([name, newest.get(name.replace(/Key$/, 'Value'))?.apiKey]).toEqual([name, type]);
    }
    for (const name of Object.keys(metadata)) {
      expect([name, newest.get(name)?.apiKey]).toEqual([name, metadataApiKey(name as MetadataRecordName)]);
    }
  });
});

describe('what a current client or tool needs is described in full', () => {
  // The version range to offer for each API: the lowest that a client in use sends, and the highest of Apache Kafka 4.3.
  it.each([
    ['Produce', '3-13'],
    ['Fetch', '4-17'],
    ['ListOffsets', '1-11'],
    ['Metadata', '0-13'],
    ['OffsetCommit', '2-10'],
    ['OffsetFetch', '1-10'],
    ['FindCoordinator', '0-6'],
    ['JoinGroup', '0-9'],
    ['Heartbeat', '0-4'],
    ['LeaveGroup', '0-5'],
    ['SyncGroup', '0-5'],
    ['DescribeGroups', '0-6'],
    ['ListGroups', '0-5'],
    ['SaslHandshake', '0-1'],
    ['ApiVersions', '0-4'],
    ['CreateTopics', '2-7'],
    ['DeleteTopics', '1-6'],
    ['DeleteRecords', '0-2'],
    ['InitProducerId', '0-5'],
    ['OffsetForLeaderEpoch', '2-4'],
    ['AddPartitionsToTxn', '0-5'],
    ['AddOffsetsToTxn', '0-4'],
    ['EndTxn', '0-5'],
    ['TxnOffsetCommit', '0-5'],
    ['DescribeConfigs', '1-4'],
    ['AlterConfigs', '0-2'],
    ['DescribeLogDirs', '1-4'],
    ['SaslAuthenticate', '0-2'],
    ['CreatePartitions', '0-3'],
    ['DeleteGroups', '0-2'],
    ['ElectLeaders', '0-2'],
    ['IncrementalAlterConfigs', '0-1'],
    ['AlterPartitionReassignments', '0-1'],
    ['ListPartitionReassignments', '0'],
    ['OffsetDelete', '0'],
    ['DescribeCluster', '0-2'],
    ['ConsumerGroupHeartbeat', '0-1'],
    ['ConsumerGroupDescribe', '0-1'],
  ])('%s %s', (name, wanted) => {
    const found = ALL_APIS.find((api) => api.name === name);
    const range = versionRange(wanted);
    expect(found && intersect(found.request.versions, range)).toEqual(range);
    expect(found && intersect(found.response.versions, range)).toEqual(range);
  });
});

describe('the comparison notices', () => {
  const definition = definitions.get('4.3.1')?.get('OffsetFetchResponse') as Definition;
  const ours = ALL_MESSAGES.get('OffsetFetchResponse') as Message;

  function mutated(change: (fields: Record<string, Field>) => Fields, flexible = '6+'): Set<string> {
    return compare(message({ versions: '1-10', flexible, fields: change({ ...ours.fields }) }), definition).found;
  }

  it('nothing in the original', () => {
    expect([...mutated((fields) => fields)]).toEqual([]);
  });

  it.each<[string, (fields: Record<string, Field>) => Fields, string]>([
    ['another type', (f) => ({ ...f, throttleTimeMs: string('3+', { ignorable: true }) }), 'type string, not int32'],
    ['another default', (f) => ({ ...f, throttleTimeMs: int32('3+', { ignorable: true, default: 1 }) }), 'default 1'],
    ['another ignorable', (f) => ({ ...f, throttleTimeMs: int32('3+') }), 'ignorable false, not true'],
    ['another first version', (f) => ({ ...f, throttleTimeMs: int32('2+', { ignorable: true }) }), 'only here'],
    ['another last version', (f) => ({ ...f, throttleTimeMs: int32('3-9', { ignorable: true }) }), 'only there'],
    ['a null', (f) => ({ ...f, throttleTimeMs: int32('3+', { ignorable: true, nullable: '4' }) }), 'nullable true'],
    ['a tag', (f) => ({ ...f, throttleTimeMs: int32('3+', { ignorable: true, tag: 0, tagged: '6+' }) }), 'tag 0'],
    ['another order', ({ throttleTimeMs, ...rest }) => ({ ...rest, throttleTimeMs }) as Fields, 'order: '],
    ['a missing field', ({ throttleTimeMs: _, ...rest }) => rest, 'throttleTimeMs: only there'],
    ['a field too many', (f) => ({ ...f, more: int32('1') }), 'more: only here'],
  ])('%s', (_, change, text) => {
    expect([...mutated(change)].join('\n')).toContain(text);
  });

  it('another first flexible version', () => {
    expect([...mutated((fields) => fields, '7+')]).toEqual(['flexible: false, not true']);
  });

  it('a change deep inside', () => {
    const groups = ours.fields['groups'];
    if (groups?.type.kind !== 'array' || typeof groups.type.element === 'string')
      throw new Error('not an array of structs');
    const { groupId: _, ...rest } = groups.type.element;
    const element = { ...rest, groupId: string('8+') };
    const found = mutated((fields) => ({ ...fields, groups: { ...groups, type: { kind: 'array', element } } }));
    expect([...found].join('\n')).toContain('order: groups[].topics, not groups[].groupId');
  });
});
