import type { Deps } from '../../src/cli/deps.ts';
import type { Io } from '../../src/cli/io.ts';
import { main } from '../../src/cli/main.ts';
import type { Prompter } from '../../src/cli/prompter.ts';
import type { Snapshot } from '../../src/cluster/snapshot.ts';
import { themeOf } from '../../src/render/colours.ts';
import { plainTheme } from '../../src/render/theme.ts';
import { AT_MS } from '../health/build-snapshot.ts';

export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  /** A terminal of that width; absent: a pipe. */
  readonly columns?: number;
  readonly rows?: number;
  readonly colour?: 0 | 1;
  /** What the cluster looks like, one snapshot per observation; the last one stays. */
  readonly cluster?: readonly Snapshot[];
  readonly deps?: Partial<Deps>;
  /** The clock (default: it stands still). */
  readonly now?: () => number;
  /** Called before each sleep; may interrupt. */
  readonly onSleep?: (count: number, interrupt: () => void) => void;
  /** Ctrl-C comes as soon as this was printed. */
  readonly interruptAt?: string;
  readonly env?: Record<string, string>;
  /** Somebody who answers questions. */
  readonly prompter?: Prompter;
}

/** Runs the real command line with buffers for streams, a clock that stands still, and no network. */
export async function runCli(argv: readonly string[], world: World = {}): Promise<Result> {
  let out = '';
  let err = '';
  let sleeps = 0;
  let observed = 0;
  const interruption = new AbortController();
  const isTty = world.columns !== undefined;
  const io: Io = {
    out: (text) => {
      out += text;
      if (world.interruptAt !== undefined && out.includes(world.interruptAt)) interruption.abort();
    },
    drained: async () => undefined,
    err: (text) => {
      err += text;
    },
    outIsTty: isTty,
    errIsTty: isTty,
    colour: world.colour ?? 0,
    width: world.columns ?? 80,
    height: world.rows ?? 24,
    theme: async () => (world.colour === 1 ? themeOf(1) : plainTheme),
    now: world.now ?? (() => AT_MS),
    sleep: async () => {
      world.onSleep?.(++sleeps, () => interruption.abort());
    },
    interrupted: interruption.signal,
    progress: async () => ({ stop: () => undefined }),
    prompter: async () => world.prompter ?? null,
    lines: () => () => undefined,
    env: world.env ?? {},
  };
  const refuse = (what: string) => () => Promise.reject(new Error(`${what} must not be called`));
  const deps: Deps = {
    connect: async () => {
      const { cluster } = world;
      if (cluster === undefined) throw new Error('there is no cluster in this test');
      return {
        name: 'test:9092',
        observe: async () => {
          const snapshot = cluster[Math.min(observed++, cluster.length - 1)];
          if (snapshot === undefined) throw new Error('there is no snapshot');
          return snapshot;
        },
        record: refuse('record'),
        deleteGroups: refuse('deleteGroups'),
        close: async () => undefined,
      };
    },
    readRecording: async (path) => (await import('../../src/cluster/read-recording.ts')).readRecording(path),
    writeRecording: refuse('writeRecording'),
    knowledge: async () => (await import('../../src/diagnose/knowledge.ts')).KNOWLEDGE,
    startCluster: refuse('startCluster'),
    startScenario: refuse('startScenario'),
    startDemo: refuse('startDemo'),
    startDrill: refuse('startDrill'),
    ...world.deps,
  };
  const code = await main(argv, io, deps, '9.9.9');
  return { code, out, err };
}
