import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GroupHistoryBuilder } from '../../src/cluster/group-history.ts';
import { partitionOf } from '../../src/protocol/coordinator-partition.ts';
import { storedGroups } from '../../src/segments/groups.ts';
import { locate } from '../../src/segments/locate.ts';

/** Histories from `__consumer_offsets` as Apache Kafka wrote it, against what `segments groups` reads from the same files. */
describe.each(['kafka-3.9.2', 'kafka-4.3.1'])('histories from the files of %s', (release) => {
  const directory = new URL(`../../fixtures/segments/${release}/`, import.meta.url).pathname;
  const log = (id: number): Buffer => readFileSync(`${directory}__consumer_offsets-${id}/00000000000000000000.log`);

  it('agree with the offline reader on every group', async () => {
    const paths = [0, 1, 2, 3].map((id) => `${directory}__consumer_offsets-${id}`);
    const stored = await storedGroups(locate(paths).partitions, async () => true);
    expect(stored.groups.length).toBeGreaterThan(2);
    let members = 0;
    let commits = 0;
    for (const { group, commits: told, generation } of stored.groups) {
      const builder = new GroupHistoryBuilder([group]);
      // Kafka put the group where the formula says.
      builder.take(log(partitionOf(group, 4)), 0);
      expect(builder.undecoded).toBe(0);
      const history = builder.history(group);
      expect(history.records).toBeGreaterThan(0);
      expect(history.generations.at(-1)?.generation ?? null).toBe(generation);
      const newest = history.commits.flatMap(({ topic, partition, lastOffset, removedAtMs }) =>
        removedAtMs === null && lastOffset !== null ? [`${topic}-${partition}@${lastOffset}`] : [],
      );
      expect(newest).toEqual(
        told.filter(({ offset }) => offset !== null).map((each) => `${each.topic}-${each.partition}@${each.offset}`),
      );
      commits += newest.length;
      for (const each of history.generations.flatMap((one) => one.members)) {
        expect(each.host).toMatch(/^[\d.]+$/);
        members += 1;
      }
    }
    expect(members).toBeGreaterThan(0);
    expect(commits).toBeGreaterThan(0);
  });
});
