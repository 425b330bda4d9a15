import type { Scheduler, Timer } from '../env.ts';

/** Wall-clock time and real timers. A delay of zero runs once the events that are already there are handled. */
export const realScheduler: Scheduler = {
  now: () => Date.now(),
  after(delayMs, run): Timer {
    if (delayMs <= 0) {
      const immediate = setImmediate(run);
      return { cancel: () => clearImmediate(immediate) };
    }
    const timer = setTimeout(run, Math.min(delayMs, MAX_DELAY_MS));
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Node runs longer timers at once. Nothing in a broker waits for 24 days on purpose. */
const MAX_DELAY_MS = 0x7fff_ffff;
