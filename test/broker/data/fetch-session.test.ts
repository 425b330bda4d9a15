import { describe, expect, it } from 'vitest';
import { type FetchedPartition, FetchSessions } from '../../../src/broker/handlers/fetch-session.ts';
import { ZERO_UUID } from '../../../src/protocol/schema/index.ts';
import { seededRandom } from '../virtual.ts';

function partition(topic: string, index: number, fetchOffset = 0): FetchedPartition {
  return {
    topic,
    topicId: ZERO_UUID,
    partition: index,
    fetchOffset,
    maxBytes: 1000,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    toldHighWatermark: -1,
    toldLogStartOffset: -1,
  };
}

describe('FetchSessions', () => {
  it('declines when all slots are in use, and takes the oldest slot once it is idle', () => {
    const sessions = new FetchSessions(seededRandom(1), () => 2);
    const first = sessions.create(false, 0);
    const second = sessions.create(false, 1000);
    expect(sessions.create(false, 119_999)).toBeNull();
    expect(sessions.create(false, 120_000)).not.toBeNull();
    expect(sessions.get(first?.id ?? 0)).toBeUndefined();
    expect(sessions.get(second?.id ?? 0)).toBe(second);
  });

  it('gives every session an id of its own that is not zero', () => {
    const sessions = new FetchSessions(seededRandom(1), () => 500);
    const ids = new Set(Array.from({ length: 500 }, () => sessions.create(false, 0)?.id));
    expect(ids.size).toBe(500);
    expect(ids.has(0)).toBe(false);
  });

  it('wraps its epoch to one, because zero begins a session', () => {
    const session = new FetchSessions(seededRandom(1), () => 1).create(false, 0);
    if (session === null) throw new Error('no session');
    session.epoch = 0x7fff_ffff;
    session.advance(5);
    expect(session.epoch).toBe(1);
    expect(session.lastUsedMs).toBe(5);
  });

  it('changes a known partition in place, keeps what was told, and rotates', () => {
    const session = new FetchSessions(seededRandom(1), () => 1).create(false, 0);
    if (session === null) throw new Error('no session');
    session.put(partition('a', 0));
    session.put(partition('a', 1));
    for (const known of session.partitions.values()) known.toldHighWatermark = 7;
    session.put(partition('a', 0, 5));
    expect([...session.partitions.values()].map((p) => [p.partition, p.fetchOffset, p.toldHighWatermark])).toEqual([
      [0, 5, 7],
      [1, 0, 7],
    ]);
    const [first] = session.partitions.values();
    if (first) session.moveToEnd(first);
    expect([...session.partitions.values()].map((p) => p.partition)).toEqual([1, 0]);
    session.forget('a', 1);
    expect([...session.partitions.keys()]).toEqual(['a-0']);
  });
});
