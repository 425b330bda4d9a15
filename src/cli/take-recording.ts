import type { Part } from '../cluster/narrow-recording.ts';
import type { RecordRequest } from '../cluster/record.ts';
import type { Recording } from '../cluster/recording.ts';
import type { GroupSelection } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Connection } from './deps.ts';
import { selectGroups } from './group-pattern.ts';
import type { Io } from './io.ts';
import { commitTimestamps } from './time-lag.ts';
import { topicFilter } from './topic-filter.ts';

export interface Taking {
  /** As typed: names, globs, /regex/; none is all of them. */
  readonly groups: readonly string[];
  readonly topics: readonly string[];
  readonly samples: number;
  readonly everyMs: number;
  /** How far the histories of groups look back; undefined: as far as their bounds allow. */
  readonly historyMs: number | undefined;
  /** Count the keys of the newest records. */
  readonly keys: boolean;
  /** Told of each sample that was taken. */
  readonly tell?: (taken: number) => void;
}

/** Where the past of groups is written, and how their coordinators are: always part of the picture. */
const OFFSETS_TOPIC = '__consumer_offsets';
/** Of more groups than that only those that show a symptom get a history. */
const HISTORIES_AT_MOST = 500;
const KEYS_FROM_LAST = 5_000;

/**
 * Records a cluster as `record` and `diagnose` do: everything that is judged, of the groups and topics that are named.
 * Null when it was interrupted before the first sample was there.
 */
export async function takeRecording(connection: Connection, taking: Taking, io: Io): Promise<Recording | null> {
  const { samples, everyMs } = taking;
  const progress = samples > 1 ? await io.progress(`${samples} samples, one every ${everyMs / 1000} s`) : null;
  try {
    const recording = await connection.record(requestOf(taking), {
      clock: io,
      pause: (ms) => io.sleep(ms),
      stopped: io.interrupted,
      ...(taking.tell === undefined ? {} : { onSample: taking.tell }),
    });
    if (recording === null || taking.topics.length === 0) return recording;
    const { narrowRecording } = await import('../cluster/narrow-recording.ts');
    return narrowRecording(recording, partOf(taking));
  } finally {
    progress?.stop();
  }
}

/** What the names of groups and topics choose of a recording. */
export function partOf({ groups, topics }: Pick<Taking, 'groups' | 'topics'>): Part {
  const filter = topicFilter(topics);
  const selection = selectGroups(groups, false);
  return {
    group: groupTest(selection),
    partition: (topic, partition) => topic === OFFSETS_TOPIC || filter === undefined || filter(topic, partition),
  };
}

function groupTest(selection: GroupSelection): (group: string) => boolean {
  if (selection === 'all') return () => true;
  if (selection === 'none') return () => false;
  return 'match' in selection ? selection.match : (group) => selection.names.includes(group);
}

function requestOf(taking: Taking): RecordRequest {
  const groups = selectGroups(taking.groups, false);
  const part = partOf(taking);
  return {
    observe: {
      groups,
      topics: 'all',
      ...(taking.topics.length === 0 ? {} : { filter: part.partition }),
      want: {
        members: true,
        commits: true,
        offsets: true,
        lastStable: true,
        logEnd: true,
        maxTimestamp: true,
        replication: true,
        logDirs: true,
        commitTimestamps: commitTimestamps('auto', groups),
      },
    },
    samples: taking.samples,
    everyMs: taking.everyMs,
    scope: {
      groups: taking.groups.length === 0 ? null : [...taking.groups],
      topics: taking.topics.length === 0 ? null : [...taking.topics],
    },
    histories: { of: (samples) => groupsOfInterest(samples), backMs: taking.historyMs ?? null },
    keys: taking.keys ? { accept: part.partition, records: KEYS_FROM_LAST } : null,
  };
}

/**
 * The groups whose past is worth reading: all of them where they are few, else those that show a symptom: a state that
 * is neither Stable nor Empty, members that came or went, a problem, or commits behind the end that did not move.
 */
export function groupsOfInterest(samples: readonly Snapshot[]): string[] {
  const latest = samples.at(-1);
  const names = (latest?.groups ?? []).map(({ group }) => group);
  if (latest === undefined || names.length <= HISTORIES_AT_MOST) return names;
  const [first] = samples;
  const before = new Map((first?.groups ?? []).map((group) => [group.group, group]));
  const ends = new Map(
    latest.topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, highWatermark }) => [`${partition} ${topic}`, highWatermark] as const),
    ),
  );
  const lagOf = (group: Snapshot['groups'][number]): number =>
    group.commits.reduce((sum, { topic, partition, offset }) => {
      const end = ends.get(`${partition} ${topic}`) ?? null;
      return sum + (end === null || offset === null ? 0 : Math.max(0, end - offset));
    }, 0);
  const membersOf = (group: Snapshot['groups'][number] | undefined): string =>
    (group?.members ?? []).map(({ memberId }) => memberId).join(' ');
  const ranked = latest.groups.map((group) => {
    const odd = group.state !== 'Stable' && group.state !== 'Empty' && group.state !== null;
    const changed = membersOf(group) !== membersOf(before.get(group.group));
    return { group: group.group, odd: odd || changed || group.problem !== null, lag: lagOf(group) };
  });
  return ranked
    .filter(({ odd, lag }) => odd || lag > 0)
    .sort((a, b) => Number(b.odd) - Number(a.odd) || b.lag - a.lag || (a.group < b.group ? -1 : 1))
    .slice(0, HISTORIES_AT_MOST)
    .map(({ group }) => group);
}
