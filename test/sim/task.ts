import type { Scheduler } from '../../src/broker/env.ts';

/** Where a task waits: it is given what makes it go on. */
export type Suspend = (resume: (value: unknown) => void) => void;

/** A client's behaviour, written from top to bottom although it waits in between; the virtual clock drives it. */
export type Task<T = void> = Generator<Suspend, T, unknown>;

/** Runs a task until it ends, or for ever. */
export function spawn(task: Task<unknown>, ended: () => void = () => undefined): void {
  const advance = (value: unknown): void => {
    const { done, value: suspend } = task.next(value);
    if (done === true) ended();
    else suspend(once(advance));
  };
  advance(undefined);
}

export function* sleep(scheduler: Scheduler, ms: number): Task {
  yield (resume) => scheduler.after(ms, () => resume(undefined));
}

/** Waits for a callback. */
export function* wait<T>(start: (done: (value: T) => void) => void): Task<T> {
  return (yield start as Suspend) as T;
}

function once(resume: (value: unknown) => void): (value: unknown) => void {
  let resumed = false;
  return (value) => {
    if (resumed) throw new Error('a task was resumed twice');
    resumed = true;
    resume(value);
  };
}
