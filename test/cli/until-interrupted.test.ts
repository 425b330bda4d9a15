import { describe, expect, it } from 'vitest';
import { orInterrupted } from '../../src/cli/until-interrupted.ts';

describe('work that an interrupt ends', () => {
  it('gives what the work gives', async () => {
    const { signal } = new AbortController();
    expect(await orInterrupted(Promise.resolve('done'), { interrupted: signal }, async () => undefined)).toBe('done');
    const failing = Promise.reject(new Error('no'));
    await expect(orInterrupted(failing, { interrupted: signal }, async () => undefined)).rejects.toThrow('no');
  });

  it('does not wait after an interrupt, and undoes what comes too late', async () => {
    const interruption = new AbortController();
    let finish: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const undone = new Promise<string>((resolve) => {
      const waiting = orInterrupted(work, { interrupted: interruption.signal }, async (late) => resolve(late));
      interruption.abort();
      waiting.then(
        (value) => expect(value).toBeNull(),
        () => expect.unreachable(),
      );
    });
    await Promise.resolve();
    finish('late');
    expect(await undone).toBe('late');
  });

  it('does not even begin to wait when the interrupt came before', async () => {
    const interruption = new AbortController();
    interruption.abort();
    const never = new Promise<string>(() => undefined);
    expect(await orInterrupted(never, { interrupted: interruption.signal }, async () => undefined)).toBeNull();
  });
});
