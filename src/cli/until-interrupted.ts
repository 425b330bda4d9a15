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
