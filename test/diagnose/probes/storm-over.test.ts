import { describe, expect, it } from 'vitest';
import { rebalancePattern } from '../../../src/diagnose/probes/rebalance.ts';
import { snapshot } from '../../health/build-snapshot.ts';
import { evidence, GROUP, history, orders, payments } from './build-evidence.ts';
import { POLL, storm } from './cases-groups.ts';

/** Members that leave every 62 s by their max.poll.interval.ms of 60 s, four times; then nothing for so long. */
const patternAfter = (restMs: number, state = 'Stable') => {
  const histories = [history({ generations: storm(62_000, 3_000, POLL, 4, restMs) })];
  const sample = (ago: number) => snapshot([orders(ago)], [payments(ago, { state })]);
  return rebalancePattern.measure(evidence({ histories, sample }), GROUP);
};

describe('a storm of rebalances', () => {
  it('is called over when its next time is twice overdue, and says what it was', () => {
    expect(patternAfter(130_000)).toMatchObject({
      answer: 'over',
      facts: expect.arrayContaining([
        expect.objectContaining({ text: 'none for 133 s; before that they were 62 s apart at most' }),
        expect.objectContaining({
          text: 'while it lasted, the same clients left after their max.poll.interval.ms, and joined again',
        }),
      ]),
    });
  });

  it('may be over while it pauses for longer than it ever did, and not for half a minute yet', () => {
    const quick = { rebalanceTimeoutMs: 1_500, sessionTimeoutMs: 10_000 };
    const histories = [history({ generations: storm(2_000, 1_000, quick, 4, 11_000) })];
    const sample = (ago: number) => snapshot([orders(ago)], [payments(ago)]);
    expect(rebalancePattern.measure(evidence({ histories, sample }), GROUP)).toMatchObject({
      answer: 'repeated',
      certainty: 'likely',
      facts: expect.arrayContaining([
        expect.objectContaining({ text: expect.stringContaining('it may be over; look again in half a minute') }),
      ]),
    });
  });

  it('is not over before that, nor in the middle of a rebalance', () => {
    expect(patternAfter(1_000)).toMatchObject({ answer: 'repeated' });
    expect(patternAfter(110_000)).toMatchObject({ answer: 'repeated' });
    expect(patternAfter(130_000, 'PreparingRebalance')).toMatchObject({ answer: 'repeated' });
  });
});
