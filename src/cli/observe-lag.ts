import type { ObserveRequest } from '../cluster/selection.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { Source } from './source.ts';

export type TimeLagMode = 'auto' | 'always' | 'never';

/** With all groups asked for, records are only read when so many commits at most are behind. */
const FEW = 200;

/**
 * Observes what lag needs. Telling the age of unread records means reading one record per commit that is behind: that is
 * done where groups were named, where it is asked for, and otherwise only when few commits are behind, in a second look
 * at their groups alone.
 */
export async function observeLag(source: Source, request: ObserveRequest, mode: TimeLagMode): Promise<Snapshot> {
  const named = typeof request.groups === 'object' && 'names' in request.groups;
  const atOnce = mode === 'always' || (mode === 'auto' && named);
  const snapshot = await source.observe({ ...request, want: { ...request.want, commitTimestamps: atOnce } });
  if (mode !== 'auto' || atOnce || !source.live) return snapshot;
  const { names, commits } = behind(snapshot);
  if (commits === 0 || commits > FEW) return snapshot;
  const closer = await source.observe({
    ...request,
    groups: { names },
    want: { ...request.want, commitTimestamps: true },
  });
  return merge(snapshot, closer);
}

function behind(snapshot: Snapshot): { names: string[]; commits: number } {
  const ends = new Map(
    snapshot.topics.map(({ topic, partitions }) => [
      topic,
      new Map(partitions.map(({ partition, highWatermark }) => [partition, highWatermark])),
    ]),
  );
  let commits = 0;
  const names: string[] = [];
  for (const group of snapshot.groups) {
    const late = group.commits.filter(({ topic, partition, offset }) => {
      const end = ends.get(topic)?.get(partition) ?? null;
      return offset !== null && offset >= 0 && end !== null && offset < end;
    }).length;
    if (late > 0) names.push(group.group);
    commits += late;
  }
  return { names, commits };
}

/** The closer look replaces what it saw again; everything else stays. */
function merge(first: Snapshot, closer: Snapshot): Snapshot {
  const groups = new Map(closer.groups.map((group) => [group.group, group]));
  const topics = new Map(closer.topics.map((topic) => [topic.topic, topic]));
  const requests = { ...first.requests };
  for (const [name, count] of Object.entries(closer.requests)) requests[name] = (requests[name] ?? 0) + count;
  return {
    ...first,
    durationMs: first.durationMs + closer.durationMs,
    roundTrips: first.roundTrips + closer.roundTrips,
    requests,
    groups: first.groups.map((group) => groups.get(group.group) ?? group),
    topics: first.topics.map((topic) => {
      const seen = topics.get(topic.topic);
      // Partitions that only other groups refer to were not read again.
      if (seen === undefined) return topic;
      const again = new Map(seen.partitions.map((partition) => [partition.partition, partition]));
      return {
        ...topic,
        partitions: topic.partitions.map((partition) => {
          const newer = again.get(partition.partition);
          return newer === undefined || newer.highWatermark === null ? partition : newer;
        }),
      };
    }),
    problems: [...first.problems, ...closer.problems],
  };
}
