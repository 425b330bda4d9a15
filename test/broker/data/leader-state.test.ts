import { describe, expect, it } from 'vitest';
import { LeaderState } from '../../../src/broker/replica/leader-state.ts';

const LAG_MAX_MS = 30_000;
const START = 1_000_000;

/** Node 1 leads; it took over with 5 records in its log. */
function leader(options: { replicas?: number[]; isr?: number[] } = {}): LeaderState {
  return new LeaderState({
    nodeId: 1,
    leaderEpoch: 3,
    epochStartOffset: 5,
    replicas: options.replicas ?? [1, 2, 3],
    confirmed: { isr: options.isr ?? [1, 2, 3], partitionEpoch: 0 },
    now: START,
  });
}

function limits(minIsr: number, now: number, lagMaxMs = LAG_MAX_MS, stopping: readonly number[] = []) {
  return { minIsr, now, lagMaxMs, mayJoin: (id: number) => !stopping.includes(id) };
}

describe('high watermark', () => {
  it('is the log end where nobody follows', () => {
    expect(leader({ replicas: [1], isr: [1] }).highWatermark(7, limits(1, START, LAG_MAX_MS))).toBe(7);
  });

  it('waits until every in-sync follower has fetched in this epoch', () => {
    const state = leader();
    state.fetched(2, 7, 0, 7, START + 1);
    expect(state.highWatermark(7, limits(1, START + 1, LAG_MAX_MS))).toBeNull();
    state.fetched(3, 6, 0, 7, START + 2);
    expect(state.highWatermark(7, limits(1, START + 2, LAG_MAX_MS))).toBe(6);
  });

  it('does not wait for a replica that lags and is not in sync', () => {
    const state = leader({ isr: [1, 2] });
    state.fetched(2, 7, 0, 7, START);
    state.fetched(3, 1, 0, 7, START);
    expect(state.highWatermark(7, limits(1, START, LAG_MAX_MS))).toBe(7);
  });

  it('waits for a caught-up replica that is about to join, unless its broker stops', () => {
    const state = leader({ isr: [1, 2] });
    state.fetched(2, 7, 0, 7, START);
    state.fetched(3, 7, 0, 7, START);
    state.fetched(2, 9, 0, 9, START + 1);
    expect(state.highWatermark(9, limits(1, START + 1))).toBe(7);
    expect(state.highWatermark(9, limits(1, START + 1, LAG_MAX_MS, [3]))).toBe(9);
  });

  it('does not move below the minimum ISR, whatever the followers have (since Kafka 3.7)', () => {
    const state = leader({ isr: [1, 2] });
    state.fetched(2, 7, 0, 7, START);
    expect(state.highWatermark(7, limits(3, START, LAG_MAX_MS))).toBeNull();
    expect(state.hasEnoughInSync(3)).toBe(false);
  });

  it('counts a minimum above the number of replicas as that number', () => {
    const state = leader({ replicas: [1, 2], isr: [1, 2] });
    state.fetched(2, 7, 0, 7, START);
    expect(state.hasEnoughInSync(3)).toBe(true);
    expect(state.highWatermark(7, limits(3, START, LAG_MAX_MS))).toBe(7);
  });

  it('waits for a replica that was proposed for the ISR until the controller has answered', () => {
    const state = leader({ isr: [1, 2] });
    state.fetched(2, 9, 0, 9, START);
    state.fetched(3, 8, 0, 9, START);
    state.propose([1, 2, 3]);
    expect(state.highWatermark(9, limits(1, START + LAG_MAX_MS + 1, LAG_MAX_MS))).toBe(8);
    state.withdraw();
    expect(state.highWatermark(9, limits(1, START + LAG_MAX_MS + 1, 0))).toBe(9);
  });

  it('still waits for a replica that was proposed to leave the ISR', () => {
    const state = leader({ replicas: [1, 2], isr: [1, 2] });
    state.fetched(2, 6, 0, 9, START);
    state.propose([1]);
    expect(state.highWatermark(9, limits(1, START, LAG_MAX_MS))).toBe(6);
    state.confirm({ isr: [1], partitionEpoch: 1 }, [1, 2], START);
    expect(state.highWatermark(9, limits(1, START + 1, 0))).toBe(9);
  });
});

describe('in-sync replicas', () => {
  it('lose a follower that has not caught up within replica.lag.time.max.ms', () => {
    const state = leader();
    state.fetched(2, 7, 0, 7, START + 100);
    expect(state.shrunk(8, LAG_MAX_MS, START + LAG_MAX_MS)).toBeNull();
    expect(state.shrunk(8, LAG_MAX_MS, START + LAG_MAX_MS + 1)).toEqual([1, 2]);
    expect(state.shrunk(8, LAG_MAX_MS, START + LAG_MAX_MS + 101)).toEqual([1]);
  });

  it('keep a follower that is always one fetch behind a busy leader', () => {
    const state = leader({ replicas: [1, 2], isr: [1, 2] });
    let end = 10;
    for (let now = START; now < START + 4 * LAG_MAX_MS; now += 1000) {
      state.fetched(2, end, 0, end + 10, now);
      end += 10;
    }
    expect(state.shrunk(end, LAG_MAX_MS, START + 4 * LAG_MAX_MS)).toBeNull();
  });

  it('keep an idle follower that has everything', () => {
    const state = leader({ replicas: [1, 2], isr: [1, 2] });
    state.fetched(2, 7, 0, 7, START);
    expect(state.shrunk(7, LAG_MAX_MS, START + 10 * LAG_MAX_MS)).toBeNull();
  });

  it('take a follower back at the high watermark, and not before the start of this epoch', () => {
    const state = leader({ isr: [1, 2] });
    state.fetched(3, 4, 0, 7, START);
    expect(state.expanded(3, 4)).toBeNull();
    state.fetched(3, 5, 0, 7, START);
    expect(state.expanded(3, 6)).toBeNull();
    expect(state.expanded(3, 5)).toEqual([1, 2, 3]);
  });

  it('change one proposal at a time, and not by news that is older than what is known', () => {
    const state = leader({ isr: [1, 2] });
    state.fetched(3, 7, 0, 7, START);
    state.propose([1, 2, 3]);
    expect(state.expanded(3, 5)).toBeNull();
    state.confirm({ isr: [1, 2, 3], partitionEpoch: 4 }, [1, 2, 3], START);
    expect(state.proposalInFlight).toBe(false);
    state.confirm({ isr: [1], partitionEpoch: 3 }, [1, 2, 3], START);
    expect(state.isr).toEqual([1, 2, 3]);
  });
});
