import Runner from 'kafkajs/src/consumer/runner.js';
import type { Logger } from 'kafkajs/src/network/connection.js';
import { expect, it } from 'vitest';

const nothing = () => undefined;
const SILENT: Logger = { namespace: () => SILENT, debug: nothing, info: nothing, warn: nothing, error: nothing };

// Without the mend this test does not fail: it never ends, and no time-out of its own process can end it.
it('a consumer of kafkajs that is stopped while its fetchers change is stopped', async () => {
  const done: string[] = [];
  let nodes = [1, 2];
  const answers = new Map<number, () => void>();
  const asked = { count: 0, twice: nothing as () => void };
  const bothAsked = new Promise<void>((resolve) => {
    asked.twice = resolve;
  });
  const runner = new Runner({
    logger: SILENT,
    consumerGroup: {
      connect: async () => {},
      joinAndSync: async () => {},
      heartbeat: async () => {},
      leave: async () => void done.push('left'),
      getNodeIds: () => nodes,
      fetch: (nodeId) => {
        asked.count += 1;
        if (asked.count === 2) asked.twice();
        return new Promise((resolve) => answers.set(nodeId, () => resolve([])));
      },
    },
    instrumentationEmitter: { emit: nothing },
    concurrency: 1,
    eachMessage: async () => {},
    onCrash: (error) => void done.push(String(error)),
  });
  await runner.start();
  await bothAsked;

  nodes = [1, 2, 3];
  // The fetcher of node 1 sees the third node, and waits for that of node 2 before all of them are made anew.
  answers.get(1)?.();
  await new Promise(setImmediate);
  const stopped = runner.stop();
  answers.get(2)?.();
  await stopped;
  expect(done).toEqual(['left']);
  expect(runner.running).toBe(false);
});
