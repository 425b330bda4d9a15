import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What `probe` finds, asked again and again: for states that real brokers and clients announce nowhere. `undefined` and
 * `false` are not yet. After `withinMs` it rejects with `what`, which may tell what was seen last.
 */
export async function until<T>(
  what: string | (() => string),
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = 120_000, everyMs = 200 } = {},
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) {
      throw new Error(`not within ${withinMs / 1000} s: ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(everyMs);
  }
}
