import { decodeAssignment } from '../protocol/consumer-protocol.ts';
import { type CoordinatorRecord, decodeCoordinatorRecord } from '../protocol/coordinator-record.ts';
import { ProtocolError } from '../protocol/schema/index.ts';
import { isControl, type KafkaRecord, magic, RecordError, records } from '../records/index.ts';
import { damageFinding } from './damage.ts';
import { recordFinding } from './dump-log.ts';
import { type Finding, finding } from './findings.ts';
import type { LocatedPartition } from './locate.ts';
import { SegmentScanner } from './scanner.ts';
import { openSource } from './source.ts';
import { segmentsOf } from './verify/segment-files.ts';

/** The last thing that a group committed for a partition. */
export interface StoredCommit {
  readonly topic: string;
  readonly partition: number;
  /** Null: the commit was deleted, or has expired. */
  readonly offset: number | null;
  readonly metadata: string | null;
  /** Milliseconds since 1970. */
  readonly committedAt: number;
  /** How often it was committed, as far as compaction left it. */
  readonly commits: number;
}

/** One generation of a classic group, or one epoch of the newer kinds. */
export interface StoredGeneration {
  readonly generation: number;
  readonly at: number;
  readonly members: readonly string[];
}

/** A group as `__consumer_offsets` tells it. */
export interface StoredGroup {
  readonly group: string;
  readonly type: 'classic' | 'consumer' | 'share' | 'streams';
  /** The last generation or epoch; null where only commits are known. */
  readonly generation: number | null;
  readonly protocol: string | null;
  /** Member ids, or of static members their instance ids, with the client that they come from. */
  readonly members: readonly StoredMember[];
  /** The group was deleted, or is empty and has expired. */
  readonly deleted: boolean;
  readonly commits: readonly StoredCommit[];
  readonly history: readonly StoredGeneration[];
  /** Generations that were seen, also those that `history` no longer has. */
  readonly generations: number;
  /** Members that came and went between generations. */
  readonly joins: number;
  readonly leaves: number;
  readonly records: number;
  /** Bytes of its records. */
  readonly bytes: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
}

export interface StoredMember {
  readonly member: string;
  readonly clientId: string;
  readonly host: string;
  readonly partitions: number | null;
}

export interface StoredGroups {
  readonly groups: readonly StoredGroup[];
  readonly records: number;
  readonly bytes: number;
  /** Records of a newer Kafka, or that cannot be decoded. */
  readonly undecoded: number;
  readonly findings: readonly Finding[];
}

const HISTORY = 100;
const PAUSE_EVERY_BATCHES = 4096;

/** Rebuilds groups from the files of `__consumer_offsets`. The last record of a key counts; older ones tell the history. */
export async function storedGroups(
  partitions: readonly LocatedPartition[],
  pause: () => Promise<boolean>,
): Promise<StoredGroups> {
  const builder = new Builder();
  for (const { log } of partitions.flatMap((partition) => segmentsOf(partition).segments)) {
    if (log === null) continue;
    const source = openSource(log.path);
    try {
      const scanner = new SegmentScanner(source, { bodies: true, crc: true });
      for (let step = scanner.next(), steps = 1; step !== 'end'; step = scanner.next(), steps++) {
        if (step === 'damage') {
          if (scanner.damage !== null)
            builder.findings.push(damageFinding(log.path, scanner.damage, scanner.nextOffset));
        } else builder.batch(scanner, log.path);
        if (steps % PAUSE_EVERY_BATCHES === 0 && !(await pause())) return builder.result();
      }
    } finally {
      source.close();
    }
  }
  return builder.result();
}

interface Building {
  type: StoredGroup['type'];
  generation: number | null;
  protocol: string | null;
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

class Builder {
  readonly findings: Finding[] = [];
  readonly #groups = new Map<string, Building>();
  #records = 0;
  #bytes = 0;
  #undecoded = 0;

  batch(scanner: SegmentScanner, file: string): void {
    const { buffer, at, position, size } = scanner;
    if (scanner.valid !== true) {
      this.findings.push(finding('SEG-02', file, `a batch of ${size} bytes`, { position, length: size }));
      return;
    }
    if (magic(buffer, at) >= 2 && isControl(buffer, at)) return;
    try {
      for (const record of records(buffer, at)) this.#record(record);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.findings.push(recordFinding(error, file, scanner));
    }
  }

  result(): StoredGroups {
    const groups = [...this.#groups].map(([group, { commits, members, ...rest }]) => ({
      group,
      ...rest,
      members: [...members.values()],
      commits: [...commits.values()].sort((a, b) =>
        a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition,
      ),
    }));
    groups.sort((a, b) => (a.group < b.group ? -1 : 1));
    return { groups, records: this.#records, bytes: this.#bytes, undecoded: this.#undecoded, findings: this.findings };
  }

  #record(record: KafkaRecord): void {
    this.#records++;
    this.#bytes += record.sizeInBytes;
    let decoded: CoordinatorRecord;
    try {
      decoded = decodeCoordinatorRecord(record.key, record.value);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#undecoded++;
      return;
    }
    if (decoded.kind === 'unknown-type' || decoded.kind === 'unknown-version') {
      this.#undecoded++;
      return;
    }
    const name = 'group' in decoded.key ? decoded.key.group : decoded.key.groupId;
    const group = this.#group(name, record);
    if (decoded.kind === 'OffsetCommit' || decoded.kind === 'LegacyOffsetCommit') {
      const { topic, partition } = decoded.key;
      const key = `${topic}-${partition}`;
      group.commits.set(key, {
        topic,
        partition,
        offset: decoded.value?.offset ?? null,
        metadata: decoded.value?.metadata ?? null,
        committedAt: decoded.value?.commitTimestamp ?? record.timestamp,
        commits: (group.commits.get(key)?.commits ?? 0) + 1,
      });
      return;
    }
    if (decoded.kind === 'GroupMetadata') {
      if (decoded.value === null) {
        group.deleted = true;
        return;
      }
      const { generation, protocol, members } = decoded.value;
      group.type = 'classic';
      group.protocol = protocol;
      const now = members.map((member) => ({
        member: member.groupInstanceId ?? member.memberId,
        clientId: member.clientId,
        host: member.clientHost,
        partitions: assigned(member.assignment),
      }));
      this.#generation(group, generation, record.timestamp, now);
      return;
    }
    newerKind(group, decoded, (generation) => {
      this.#generation(group, generation, record.timestamp, [...group.members.values()]);
    });
  }

  #group(name: string, record: KafkaRecord): Building {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = {
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
      this.#groups.set(name, group);
    }
    if (record.value !== null) group.deleted = false;
    group.records++;
    group.bytes += record.sizeInBytes;
    group.firstAt ??= record.timestamp;
    group.lastAt = record.timestamp;
    return group;
  }

  #generation(group: Building, generation: number, at: number, members: readonly StoredMember[]): void {
    const before = group.history.at(-1)?.members ?? [];
    const now = members.map(({ member }) => member);
    group.members = new Map(members.map((member) => [member.member, member]));
    if (generation === group.generation && before.length === now.length) return;
    const known = new Set(before);
    const present = new Set(now);
    group.joins += now.filter((member) => !known.has(member)).length;
    group.leaves += before.filter((member) => !present.has(member)).length;
    group.generation = generation;
    group.generations++;
    group.history.push({ generation, at, members: now });
    if (group.history.length > HISTORY) group.history.shift();
  }
}

/** Partitions in an assignment of the consumer protocol; null for other protocols. */
function assigned(assignment: Buffer): number | null {
  try {
    const decoded = decodeAssignment(assignment);
    return decoded?.assignedPartitions.reduce((sum, { partitions }) => sum + partitions.length, 0) ?? null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Records of consumer (KIP-848), share and streams groups: members come one by one, epochs by themselves. */
function newerKind(
  group: Building,
  decoded: Exclude<CoordinatorRecord, { readonly kind: 'unknown-type' | 'unknown-version' }>,
  epoch: (epoch: number) => void,
): void {
  const type = /^(Consumer|Share|Streams)Group/.exec(decoded.kind)?.[1]?.toLowerCase();
  if (type === 'consumer' || type === 'share' || type === 'streams') group.type = type;
  switch (decoded.kind) {
    case 'ConsumerGroupMetadata':
    case 'ShareGroupMetadata':
    case 'StreamsGroupMetadata':
      if (decoded.value === null) group.deleted = true;
      else epoch(decoded.value.epoch);
      return;
    case 'ConsumerGroupMemberMetadata':
    case 'ShareGroupMemberMetadata':
    case 'StreamsGroupMemberMetadata': {
      const { memberId } = decoded.key;
      if (decoded.value === null) group.members.delete(memberId);
      else {
        const { clientId, clientHost } = decoded.value;
        group.members.set(memberId, { member: memberId, clientId, host: clientHost, partitions: null });
      }
      return;
    }
    default:
      return;
  }
}
