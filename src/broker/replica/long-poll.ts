import type { Scheduler, Timer } from '../env.ts';
import type { Watcher, Watchers } from './watchers.ts';

export interface LongPollOptions {
  readonly scheduler: Scheduler;
  readonly maxWaitMs: number;
  /** What to watch. */
  readonly watched: Iterable<Watchers>;
  /** Tries to answer; `last` when the time is up, and an answer must be given. True when it has answered. */
  readonly attempt: (last: boolean) => boolean;
}

export interface LongPoll {
  cancel(): void;
}

/**
 * Waits until `attempt` succeeds, trying anew when something watched has changed, and at the latest when the time is
 * up. Changes that come together are looked at once, after all of them.
 */
export function longPoll(options: LongPollOptions): LongPoll {
  const { scheduler } = options;
  let settled = false;
  let retry: Timer | null = null;
  const finish = (): void => {
    settled = true;
    retry?.cancel();
    deadline.cancel();
    for (const watchers of watched) watchers.delete(wake);
  };
  const wake: Watcher = () => {
    if (settled || retry !== null) return;
    retry = scheduler.after(0, () => {
      retry = null;
      if (!settled && options.attempt(false)) finish();
    });
  };
  const watched = [...options.watched];
  for (const watchers of watched) watchers.add(wake);
  const deadline = scheduler.after(options.maxWaitMs, () => {
    if (settled) return;
    finish();
    options.attempt(true);
  });
  return {
    cancel: () => {
      if (!settled) finish();
    },
  };
}
