import Runner from 'kafkajs/src/consumer/runner.js';

/**
 * kafkajs 2.2.4 can stop a consumer in the very moment in which it changes its fetchers, because a broker came or went.
 * The new fetchers then ask a runner that has stopped, are answered `[]` at once, and ask again: a loop that never leaves
 * the microtask queue. Its process is at 100 % from then on, deaf to timers and to Ctrl-C, and `disconnect()` never ends.
 * Imported for its effect: here, who asks a runner that has stopped is refused, which ends the fetcher.
 */
const fetch = Runner.prototype.fetch;
Runner.prototype.fetch = async function fetchWhileRunning(this: Runner, nodeId: number) {
  if (!this.running) throw new Error('the consumer has stopped');
  return fetch.call(this, nodeId);
};
