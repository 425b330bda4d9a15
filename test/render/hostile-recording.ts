import type { Recording } from '../../src/cluster/recording.ts';
import { history, historyMember, recording } from '../health/build-recording.ts';
import { AT_MS, commit, group, member, partition, problem, snapshot, topic } from '../health/build-snapshot.ts';

/** What strangers call things: every one of them runs, loads or closes something where it is not escaped. */
export const HOSTILE = [
  '<script>document.title="owned"</script>',
  '"><img src=x onerror="document.title=\'owned\'">',
  "'-document.title='owned'-'",
  '</style><script>document.title="owned"</script>',
  '</title><svg onload=document.title="owned">',
  '<!--',
  ']]>',
  'javascript:document.title="owned"',
  '&lt;b&gt;',
  'http://evil.example/x.png',
] as const;

/** A recording in which everything that somebody else may name has such a name, and everything that is drawn is there. */
export function hostileRecording(): Recording {
  const name = (at: number): string => HOSTILE[at % HOSTILE.length] ?? '';
  const at = (second: number) =>
    snapshot(
      HOSTILE.map((each, index) =>
        topic(
          each,
          [
            partition(0, 1_000 + 10 * second),
            partition(1, 500, second > 5 ? { isr: [1], problem: problem(each, each) } : {}),
          ],
          { topicId: each, minIsr: 2, problem: index === 3 ? problem(each, each) : null },
        ),
      ),
      HOSTILE.map((each, index) =>
        group(each, {
          state: index === 1 ? each : 'Stable',
          protocol: each,
          members: [member(each, { [name(index)]: [0, 1] }, { host: each, memberId: each, instanceId: each })],
          commits: [
            commit(name(index), 0, 10 + second, { timestampMs: AT_MS - 600_000, metadata: each }),
            commit(name(index), 1, 3),
          ],
          problem: index === 2 ? problem(each, `group ${each}`) : null,
        }),
      ),
      {
        at: new Date(AT_MS - (20 - second) * 1_000).toISOString(),
        cluster: { id: name(0), controller: null },
        fenced: [],
        quorum: null,
        brokers: [1, 2, 3].map((id) => ({
          id,
          host: name(id),
          port: 9092,
          rack: name(id),
          problem: second > 15 ? problem(name(id), name(id)) : null,
        })),
        problems: HOSTILE.map((each) => ({ scope: each, name: each, message: each, advice: each })),
      },
    );
  return recording([0, 5, 10, 15, 20].map(at), {
    cluster: { id: name(0) },
    scope: { groups: [name(1)], topics: [name(2)] },
    histories: HOSTILE.map((each) =>
      history(each, {
        generations: [1, 2, 3].map((number) => ({
          generation: number,
          atMs: AT_MS - 100_000 * (4 - number),
          protocol: each,
          leader: each,
          members: [{ ...historyMember(each), host: each }],
          joined: 1,
          left: 0,
        })),
        problem: problem(each, each),
      }),
    ),
    problems: [problem(name(4), name(5))],
    throttles: [{ broker: 1, api: name(6), atMs: AT_MS, throttleMs: 5 }],
  });
}
