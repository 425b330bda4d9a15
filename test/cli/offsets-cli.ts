import { join } from 'node:path';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import { realDeps } from '../../src/cli/real-deps.ts';
import { plainTheme } from '../../src/render/theme.ts';
import type { World } from '../offsets/world.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line on the world's cluster, with the world's journal, in real time. `columns`: a terminal. */
export async function runOffsets(
  world: Pick<World, 'bootstrap' | 'state'>,
  argv: readonly string[],
  more: { readonly columns?: number; readonly env?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<CliResult> {
  let out = '';
  let err = '';
  const isTty = more.columns !== undefined;
  const io: Io = {
    out: (text) => {
      out += text;
    },
    drained: async () => undefined,
    err: (text) => {
      err += text;
    },
    outIsTty: isTty,
    errIsTty: isTty,
    colour: 0,
    width: more.columns ?? 80,
    height: 24,
    theme: async () => plainTheme,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    interrupted: more.signal ?? new AbortController().signal,
    progress: async () => ({ stop: () => undefined }),
    prompter: async () => null,
    lines: () => () => undefined,
    env: { KMEDIC_STATE_DIR: join(world.state), ...more.env },
  };
  const code = await main([...argv, '-b', world.bootstrap], io, realDeps, '9.9.9');
  return { code, out, err };
}
