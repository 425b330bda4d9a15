import type { KnownCoordinatorRecord } from '../protocol/coordinator-record.ts';
import { assignedPartitions, partitionCount, readGroupRecord } from '../protocol/group-records.ts';
import {
  batches,
  isControl,
  isTransactional,
  type KafkaRecord,
  nextOffset,
  producerId,
  readControlRecord,
  records,
} from '../records/index.ts';
import type { CommitHistory, Generation, GroupHistory, HistoryMember } from './history.ts';

/** The newest generations that a history lists, and the newest commits of each partition. */
const GENERATIONS = 200;
const NEWEST_COMMITS = 50;

type Told = Omit<GroupHistory, 'group' | 'partition' | 'fromMs' | 'toMs' | 'complete' | 'problem'>;

/**
 * Builds the histories of some groups from the batches of one partition of `__consumer_offsets`, given in order. Pure:
 * where the bytes come from is somebody else's job. What a transaction wrote counts when it commits, and not at all when
 * it aborts.
 */
export class GroupHistoryBuilder {
  readonly #groups: Map<string, Building>;
  /** Records of transactions that are not decided yet, by producer. */
  readonly #undecided = new Map<number, KafkaRecord[]>();
  /** Of all records in the partition, whosoever they are. */
  fromMs: number | null = null;
  toMs: number | null = null;
  /** Records of a newer Kafka, or damaged ones. */
  undecoded = 0;

  constructor(groups: Iterable<string>) {
    this.#groups = new Map([...groups].map((group) => [group, new Building()]));
  }

  /** Takes whole batches; returns the offset behind the last one, or `from` where there was none. Throws RecordError. */
  take(bytes: Buffer, from: number): number {
    let next = from;
    for (const { position } of batches(bytes)) {
      if (nextOffset(bytes, position) <= from) continue;
      if (isControl(bytes, position)) this.#decide(bytes, position);
      else {
        const transaction = isTransactional(bytes, position) ? producerId(bytes, position) : null;
        for (const record of records(bytes, position)) {
          if (record.offset < from) continue;
          this.#time(record.timestamp);
          if (transaction === null) this.#record(record);
          else this.#hold(transaction, record);
        }
      }
      next = nextOffset(bytes, position);
    }
    return next;
  }

  /** What was told of a group; of one without any record all is empty. */
  history(group: string): Told {
    return (this.#groups.get(group) ?? new Building()).told();
  }

  #time(atMs: number): void {
    if (atMs < 0) return;
    this.fromMs = Math.min(this.fromMs ?? atMs, atMs);
    this.toMs = Math.max(this.toMs ?? atMs, atMs);
  }

  #hold(transaction: number, record: KafkaRecord): void {
    const held = this.#undecided.get(transaction);
    if (held === undefined) this.#undecided.set(transaction, [record]);
    else held.push(record);
  }

  #decide(bytes: Buffer, position: number): void {
    const producer = producerId(bytes, position);
    for (const marker of records(bytes, position)) {
      const { type } = readControlRecord(marker);
      if (type === 'COMMIT') for (const record of this.#undecided.get(producer) ?? []) this.#record(record);
      if (type === 'COMMIT' || type === 'ABORT') this.#undecided.delete(producer);
    }
  }

  #record(record: KafkaRecord): void {
    const decoded = readGroupRecord(record.key, record.value);
    if (decoded === null) this.undecoded += 1;
    else this.#groups.get(decoded.group)?.take(decoded.record, record);
  }
}

/** One group while its records are read. */
class Building {
  #records = 0;
  #bytes = 0;
  #generations: Generation[] = [];
  #generationsSeen = 0;
  #removedAtMs: number | null = null;
  readonly #commits = new Map<string, CommitSeries>();
  /** Members of the newer types come one by one. */
  readonly #members = new Map<string, HistoryMember>();

  take(decoded: KnownCoordinatorRecord, record: KafkaRecord): void {
    this.#records += 1;
    this.#bytes += record.sizeInBytes;
    const atMs = record.timestamp;
    if (decoded.value !== null) this.#removedAtMs = null;
    switch (decoded.kind) {
      case 'OffsetCommit':
      case 'LegacyOffsetCommit': {
        const { topic, partition } = decoded.key;
        const key = `${partition} ${topic}`;
        let series = this.#commits.get(key);
        if (series === undefined) {
          series = new CommitSeries(topic, partition);
          this.#commits.set(key, series);
        }
        series.take(decoded.value?.offset ?? null, decoded.value?.commitTimestamp ?? atMs);
        return;
      }
      case 'GroupMetadata': {
        if (decoded.value === null) this.#removedAtMs = atMs;
        else {
          const { generation, protocol, leader, members } = decoded.value;
          this.#generation({ generation, atMs, protocol, leader, members: members.map(classicMember) });
        }
        return;
      }
      case 'ConsumerGroupMetadata':
      case 'ShareGroupMetadata':
      case 'StreamsGroupMetadata': {
        if (decoded.value === null) this.#removedAtMs = atMs;
        else {
          const members = [...this.#members.values()].map((member) => ({ ...member }));
          this.#generation({ generation: decoded.value.epoch, atMs, protocol: null, leader: null, members });
        }
        return;
      }
      case 'ConsumerGroupMemberMetadata':
      case 'ShareGroupMemberMetadata':
      case 'StreamsGroupMemberMetadata': {
        const { memberId } = decoded.key;
        if (decoded.value === null) this.#members.delete(memberId);
        else this.#members.set(memberId, newerMember(memberId, decoded.value));
        return;
      }
      case 'ConsumerGroupTargetAssignmentMember':
      case 'ShareGroupTargetAssignmentMember': {
        // It is written behind the epoch that it belongs to.
        const partitions = partitionCount(decoded.value?.topicPartitions ?? []);
        const known = this.#members.get(decoded.key.memberId);
        if (known !== undefined) known.partitions = partitions;
        const listed = this.#generations.at(-1)?.members.find((member) => member.memberId === decoded.key.memberId);
        if (listed !== undefined) listed.partitions = partitions;
        return;
      }
      default:
        return;
    }
  }

  told(): Told {
    const commits = [...this.#commits.values()].map((series) => series.told());
    commits.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
    return {
      records: this.#records,
      bytes: this.#bytes,
      generations: this.#generations,
      generationsSeen: this.#generationsSeen,
      commits,
      removedAtMs: this.#removedAtMs,
    };
  }

  #generation(now: Omit<Generation, 'joined' | 'left'>): void {
    now.members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
    const last = this.#generations.at(-1);
    const before = new Set(last?.members.map(identity));
    const present = new Set(now.members.map(identity));
    const joined = [...present].filter((member) => !before.has(member)).length;
    const left = [...before].filter((member) => !present.has(member)).length;
    // A generation is written again where its assignment arrives, and where a static member came back under a new id.
    if (last?.generation === now.generation && joined === 0 && left === 0) {
      Object.assign(last, { ...now, atMs: last.atMs });
      return;
    }
    this.#generationsSeen += 1;
    this.#generations.push({ ...now, joined, left });
    if (this.#generations.length > GENERATIONS) this.#generations.shift();
  }
}

/** A static member keeps its instance id when it comes back; the others are new each time. */
function identity({ instanceId, memberId }: HistoryMember): string {
  return instanceId === null ? memberId : `instance ${instanceId}`;
}

type ClassicMember = NonNullable<
  Extract<KnownCoordinatorRecord, { kind: 'GroupMetadata' }>['value']
>['members'][number];

function classicMember(facts: ClassicMember): HistoryMember {
  return {
    memberId: facts.memberId,
    instanceId: facts.groupInstanceId,
    clientId: facts.clientId,
    host: facts.clientHost.replace(/^\//, ''),
    rebalanceTimeoutMs: facts.rebalanceTimeout < 0 ? null : facts.rebalanceTimeout,
    sessionTimeoutMs: facts.sessionTimeout,
    partitions: assignedPartitions(facts.assignment),
  };
}

interface NewerMember {
  readonly instanceId?: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs?: number;
}

function newerMember(memberId: string, facts: NewerMember): HistoryMember {
  const { instanceId = null, clientId, clientHost, rebalanceTimeoutMs = -1 } = facts;
  return {
    memberId,
    instanceId,
    clientId,
    host: clientHost.replace(/^\//, ''),
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? null : rebalanceTimeoutMs,
    // The broker's own setting: members of the newer types do not have one.
    sessionTimeoutMs: null,
    partitions: null,
  };
}

/** The commits of one partition by one group. */
class CommitSeries {
  readonly #topic: string;
  readonly #partition: number;
  readonly #times: number[] = [];
  readonly #newest: { atMs: number; offset: number }[] = [];
  #firstOffset: number | null = null;
  #rewinds = 0;
  #largestRewind = 0;
  #unchanged = 0;
  #removedAtMs: number | null = null;

  constructor(topic: string, partition: number) {
    this.#topic = topic;
    this.#partition = partition;
  }

  take(offset: number | null, atMs: number): void {
    if (offset === null) {
      this.#removedAtMs = atMs;
      return;
    }
    const before = this.#newest.at(-1);
    if (before !== undefined) {
      if (offset === before.offset) this.#unchanged += 1;
      if (offset < before.offset) {
        this.#rewinds += 1;
        this.#largestRewind = Math.max(this.#largestRewind, before.offset - offset);
      }
    }
    this.#firstOffset ??= offset;
    this.#times.push(atMs);
    this.#newest.push({ atMs, offset });
    if (this.#newest.length > NEWEST_COMMITS) this.#newest.shift();
  }

  told(): CommitHistory {
    return {
      topic: this.#topic,
      partition: this.#partition,
      commits: this.#times.length,
      firstAtMs: this.#times[0] ?? null,
      lastAtMs: this.#times.at(-1) ?? null,
      firstOffset: this.#firstOffset,
      lastOffset: this.#newest.at(-1)?.offset ?? null,
      newest: this.#newest,
      intervalMs: intervals(this.#times),
      rewinds: this.#rewinds,
      largestRewind: this.#largestRewind,
      unchanged: this.#unchanged,
      removedAtMs: this.#removedAtMs,
    };
  }
}

function intervals(times: readonly number[]): CommitHistory['intervalMs'] {
  const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs));
  gaps.sort((a, b) => a - b);
  const [min] = gaps;
  const median = gaps[gaps.length >> 1];
  const max = gaps.at(-1);
  return min === undefined || median === undefined || max === undefined ? null : { min, median, max };
}
