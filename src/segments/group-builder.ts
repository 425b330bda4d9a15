import type { KnownCoordinatorRecord } from '../protocol/coordinator-record.ts';
import { assignedPartitions, partitionCount, readGroupRecord } from '../protocol/group-records.ts';
import {
  firstRecord,
  isControl,
  isTransactional,
  type KafkaRecord,
  magic,
  producerId,
  readControlRecord,
  records,
} from '../records/index.ts';
import { crcFinding } from './damage.ts';
import { type BatchView, recordFinding } from './dump-log.ts';
import type { StoredCommit, StoredGeneration, StoredGroup, StoredGroups, StoredMember } from './groups.ts';
import { FindingList } from './verify/finding-list.ts';

const HISTORY = 100;

interface Building {
  type: StoredGroup['type'];
  generation: number | null;
  protocol: string | null;
  /** Of classic groups by name, else by member id. */
  members: Map<string, StoredMember>;
  deleted: boolean;
  readonly commits: Map<string, StoredCommit>;
  history: StoredGeneration[];
  generations: number;
  joins: number;
  leaves: number;
  records: number;
  bytes: number;
  firstAt: number | null;
  lastAt: number | null;
}

type OffsetCommit = KnownCoordinatorRecord<'OffsetCommit'> | KnownCoordinatorRecord<'LegacyOffsetCommit'>;

/** A commit within a transaction: it counts when that is committed. */
interface PendingCommit {
  readonly group: string;
  readonly commit: OffsetCommit;
  readonly timestamp: number;
}

/**
 * Groups from the batches of `__consumer_offsets`, partition after partition, each in the order of its offsets. The last record
 * of a key counts; older ones tell the history. What a transaction committed counts when the transaction is committed.
 */
export class GroupBuilder {
  readonly findings = new FindingList();
  readonly #groups = new Map<string, Building>();
  /** By partition and producer. */
  readonly #pending = new Map<string, PendingCommit[]>();
  #records = 0;
  #bytes = 0;
  #undecoded = 0;

  batch(batch: BatchView, file: string, directory: string): void {
    const { buffer, at, size } = batch;
    if (batch.valid !== true) {
      this.findings.push(crcFinding(file, `a batch of ${size} bytes`, batch));
      return;
    }
    try {
      if (magic(buffer, at) < 2) {
        for (const record of records(buffer, at)) this.#record(record, null);
        return;
      }
      const transaction = `${directory} ${producerId(buffer, at)}`;
      if (isControl(buffer, at)) this.#end(transaction, firstRecord(buffer, at));
      else {
        const open = isTransactional(buffer, at) ? transaction : null;
        for (const record of records(buffer, at)) this.#record(record, open);
      }
    } catch (error) {
      this.findings.push(recordFinding(error, file, batch));
    }
  }

  result(): StoredGroups {
    for (const { group, commit } of [...this.#pending.values()].flat()) {
      const commits = this.#groups.get(group)?.commits;
      const { topic, partition } = commit.key;
      const key = commitKey(topic, partition);
      const known = commits?.get(key);
      if (known !== undefined) commits?.set(key, { ...known, pending: known.pending + 1 });
    }
    const groups = [...this.#groups].map(([group, { commits, members, ...rest }]) => ({
      group,
      ...rest,
      members: [...members.values()],
      commits: [...commits.values()].sort((a, b) =>
        a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition,
      ),
    }));
    groups.sort((a, b) => (a.group < b.group ? -1 : 1));
    return {
      groups,
      records: this.#records,
      bytes: this.#bytes,
      undecoded: this.#undecoded,
      findings: this.findings.all(),
    };
  }

  /** A marker: what its transaction committed takes effect, or never happened. */
  #end(transaction: string, marker: KafkaRecord | null): void {
    const pending = this.#pending.get(transaction);
    if (pending === undefined || marker === null) return;
    const { type } = readControlRecord(marker);
    if (type !== 'COMMIT' && type !== 'ABORT') return;
    this.#pending.delete(transaction);
    if (type === 'ABORT') return;
    for (const { group, commit, timestamp } of pending) {
      const building = this.#groups.get(group);
      if (building !== undefined) commitTo(building, commit, timestamp);
    }
  }

  #record(record: KafkaRecord, transaction: string | null): void {
    this.#records++;
    this.#bytes += record.sizeInBytes;
    const known = readGroupRecord(record.key, record.value);
    if (known === null) {
      this.#undecoded++;
      return;
    }
    const { group: name, record: decoded } = known;
    const group = this.#group(name, record);
    switch (decoded.kind) {
      case 'OffsetCommit':
      case 'LegacyOffsetCommit':
        if (transaction === null) commitTo(group, decoded, record.timestamp);
        else {
          const pending = this.#pending.get(transaction) ?? [];
          this.#pending.set(transaction, pending);
          pending.push({ group: name, commit: decoded, timestamp: record.timestamp });
        }
        return;
      case 'GroupMetadata':
        if (decoded.value === null) group.deleted = true;
        else classicGeneration(group, decoded.value, record.timestamp);
        return;
      default:
        newerKind(group, decoded, record.timestamp);
    }
  }

  #group(name: string, record: KafkaRecord): Building {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = newGroup();
      this.#groups.set(name, group);
    }
    if (record.value !== null) group.deleted = false;
    group.records++;
    group.bytes += record.sizeInBytes;
    group.firstAt ??= record.timestamp;
    group.lastAt = record.timestamp;
    return group;
  }
}

function newGroup(): Building {
  return {
    type: 'classic',
    generation: null,
    protocol: null,
    members: new Map(),
    deleted: false,
    commits: new Map(),
    history: [],
    generations: 0,
    joins: 0,
    leaves: 0,
    records: 0,
    bytes: 0,
    firstAt: null,
    lastAt: null,
  };
}

const commitKey = (topic: string, partition: number): string => `${topic}-${partition}`;

function commitTo(group: Building, { key: { topic, partition }, value }: OffsetCommit, timestamp: number): void {
  const key = commitKey(topic, partition);
  const before = group.commits.get(key);
  const committedAt = value?.commitTimestamp ?? timestamp;
  const wentBack = value !== null && before?.offset != null && value.offset < before.offset;
  group.commits.set(key, {
    topic,
    partition,
    offset: value?.offset ?? null,
    metadata: value?.metadata ?? null,
    committedAt,
    commits: (before?.commits ?? 0) + (value === null ? 0 : 1),
    firstCommittedAt: before?.firstCommittedAt ?? committedAt,
    rewinds: (before?.rewinds ?? 0) + (wentBack ? 1 : 0),
    pending: 0,
  });
}

/** Java writes an address with a slash before it. */
const hostOf = (clientHost: string): string => clientHost.replace(/^\//, '');

type ClassicMetadata = NonNullable<KnownCoordinatorRecord<'GroupMetadata'>['value']>;

function classicGeneration(group: Building, { generation, protocol, members }: ClassicMetadata, at: number): void {
  group.type = 'classic';
  group.protocol = protocol;
  const now = members.map((member) => ({
    member: member.groupInstanceId ?? member.memberId,
    clientId: member.clientId,
    host: hostOf(member.clientHost),
    partitions: assignedPartitions(member.assignment),
  }));
  group.members = new Map(now.map((member) => [member.member, member]));
  nextGeneration(group, generation, at);
}

/** Notes that a generation, or an epoch, began with the members that are known. */
function nextGeneration(group: Building, generation: number, at: number): void {
  const before = group.history.at(-1)?.members ?? [];
  const members = [...group.members.values()].map(({ member }) => member);
  if (generation === group.generation && before.length === members.length) return;
  const known = new Set(before);
  const present = new Set(members);
  const joined = members.filter((member) => !known.has(member));
  const left = before.filter((member) => !present.has(member));
  group.joins += joined.length;
  group.leaves += left.length;
  group.generation = generation;
  group.generations++;
  group.history.push({ generation, at, members, joined, left });
  if (group.history.length > HISTORY) group.history.shift();
}

/** Records of consumer (KIP-848), share and streams groups: members come one by one, epochs by themselves. */
function newerKind(group: Building, decoded: KnownCoordinatorRecord, at: number): void {
  const type = /^(Consumer|Share|Streams)Group/.exec(decoded.kind)?.[1]?.toLowerCase();
  if (type === 'consumer' || type === 'share' || type === 'streams') group.type = type;
  switch (decoded.kind) {
    case 'ConsumerGroupMetadata':
    case 'ShareGroupMetadata':
    case 'StreamsGroupMetadata':
      if (decoded.value === null) group.deleted = true;
      else nextGeneration(group, decoded.value.epoch, at);
      return;
    case 'ConsumerGroupMemberMetadata':
    case 'ShareGroupMemberMetadata':
    case 'StreamsGroupMemberMetadata': {
      const { memberId } = decoded.key;
      if (decoded.value === null) group.members.delete(memberId);
      else {
        const { clientId, clientHost } = decoded.value;
        // Share consumers have no instance ids.
        const instanceId = 'instanceId' in decoded.value ? decoded.value.instanceId : null;
        const partitions = group.members.get(memberId)?.partitions ?? null;
        group.members.set(memberId, { member: instanceId ?? memberId, clientId, host: hostOf(clientHost), partitions });
      }
      return;
    }
    case 'ConsumerGroupCurrentMemberAssignment':
    case 'ShareGroupCurrentMemberAssignment':
      if (decoded.value !== null) owns(group, decoded.key.memberId, partitionCount(decoded.value.assignedPartitions));
      return;
    case 'StreamsGroupCurrentMemberAssignment':
      if (decoded.value !== null) owns(group, decoded.key.memberId, partitionCount(decoded.value.activeTasks));
      return;
    default:
      return;
  }
}

function owns(group: Building, memberId: string, partitions: number): void {
  const member = group.members.get(memberId);
  if (member !== undefined) group.members.set(memberId, { ...member, partitions });
}
