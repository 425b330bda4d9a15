import { expect, it } from 'vitest';
import { expandSeed } from './options.ts';
import { simulate } from './simulation.ts';

it('the same seed is the same history, event by event; another one is another', () => {
  const [once, again] = [simulate(11), simulate(11)];
  expect(again).toEqual(once);
  expect(once.stats.events).toBeGreaterThan(500);
  expect(simulate(12).trace).not.toBe(once.trace);
});

it('a seed expands into options that are plain data', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const options = expandSeed(seed);
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
    for (const { replicationFactor } of options.topics) expect(replicationFactor).toBeLessThanOrEqual(options.nodes);
  }
});
