import type { Io } from './io.ts';

/** Resolves at Ctrl-C or SIGTERM, at once where that has come already. */
export function untilInterrupted({ interrupted }: Pick<Io, 'interrupted'>): Promise<void> {
  if (interrupted.aborted) return Promise.resolve();
  // An idle process would end; the listener on the signal alone does not keep it alive.
  const alive = setInterval(() => undefined, 1 << 30);
  return new Promise((resolve) => {
    interrupted.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}

/** What `work` gives; null as soon as the run is interrupted, and then `undo` gets what it gave too late. */
export async function orInterrupted<T>(
  work: Promise<T>,
  { interrupted }: Pick<Io, 'interrupted'>,
  undo: (late: T) => Promise<void>,
): Promise<T | null> {
  let stop: () => void = () => undefined;
  const stopped = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    interrupted.addEventListener('abort', stop, { once: true });
    if (interrupted.aborted) stop();
  });
  const first = await Promise.race([work, stopped]).finally(() => interrupted.removeEventListener('abort', stop));
  // Nobody waits for it any more: its failure concerns nobody.
  if (first === null) work.then(undo).catch(() => undefined);
  return first;
}
