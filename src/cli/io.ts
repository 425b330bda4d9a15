import { fileReason } from '../client/file-reason.ts';
import type { Style } from '../render/style.ts';
import { plainTheme, type Theme } from '../render/theme.ts';
import type { Prompter } from './prompter.ts';

/**
 * Everything between a command and the world of the person who runs it. This file is the only one that prints, looks at
 * the environment's terminal settings, or tells the time.
 */
export interface Io {
  /** Data: text, or what is UTF-8 already. */
  out(data: string | Buffer): void;
  /** Resolves when the reader of stdout has taken what was written: waited for by whoever writes without end. */
  drained(): Promise<void>;
  /** Chatter: progress, findings of a piped run, errors. */
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** Of stdout: 0 none, 1 16 colours, 2 256, 3 all. */
  readonly colour: 0 | 1 | 2 | 3;
  readonly width: number;
  readonly height: number;
  /** Colours of stdout; loaded only where there are any. */
  theme(): Promise<Theme>;
  now(): number;
  /** Ends early, without an error, when the run is interrupted. */
  sleep(ms: number): Promise<void>;
  /** Aborted by Ctrl-C (SIGINT), SIGTERM or SIGHUP. */
  readonly interrupted: AbortSignal;
  /** A spinner on stderr, where that is a terminal. */
  progress(text: string): Promise<Progress>;
  /** Asks the person at the terminal; null where there is none, on either side. */
  prompter(): Promise<Prompter | null>;
  /** Calls back with every line of stdin, until the function that it gives is called. */
  lines(onLine: (line: string) => void): () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Progress {
  stop(): void;
}

/** How long a run may take to end in order after an interrupt. */
const GRACE_MS = 5_000;

/** The real streams of this process. */
export function processIo(noColour: boolean): Io & { flush(): Promise<void> } {
  const { stdout, env } = process;
  // Opening stderr takes time that a run without chatter need not spend.
  let opened: NodeJS.WriteStream | null = null;
  const stderr = (): NodeJS.WriteStream => {
    opened ??= quietly(process.stderr);
    return opened;
  };
  quietly(stdout);
  const outIsTty = stdout.isTTY === true;
  const colour = colourLevel(env, outIsTty && !noColour, noColour);
  const interruption = new AbortController();
  const interrupt = (): void => {
    // The second Ctrl-C does not wait for anything.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
    // Whatever hangs does not keep the terminal.
    setTimeout(() => process.exit(130), GRACE_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return {
    out: (data) => void stdout.write(data),
    drained: () =>
      stdout.writableNeedDrain
        ? new Promise<void>((resolve) => stdout.once('drain', () => resolve()))
        : Promise.resolve(),
    err: (text) => void stderr().write(text),
    outIsTty,
    get errIsTty() {
      return stderr().isTTY === true;
    },
    colour,
    get width() {
      return stdout.columns || 80;
    },
    get height() {
      return stdout.rows || 24;
    },
    theme: async () => (colour === 0 ? plainTheme : (await import('../render/colours.ts')).themeOf(colour)),
    now: Date.now,
    sleep: (ms) => sleepUntil(ms, interruption.signal),
    interrupted: interruption.signal,
    progress: async (text) => {
      if (stderr().isTTY !== true) return { stop: () => undefined };
      const { default: ora } = await import('ora');
      const spinner = ora({
        text,
        stream: stderr(),
        discardStdin: false,
        color: colour === 0 ? false : 'cyan',
      }).start();
      return { stop: () => void spinner.stop() };
    },
    prompter: async () => {
      if (!outIsTty || process.stdin.isTTY !== true || env['TERM'] === 'dumb') return null;
      const { terminalPrompter } = await import('./prompter.ts');
      const theme = colour === 0 ? plainTheme : (await import('../render/colours.ts')).themeOf(colour);
      return terminalPrompter({ input: process.stdin, output: stdout }, interruption.signal, () => ({
        theme,
        human: true,
        width: stdout.columns || 80,
        wide: false,
      }));
    },
    lines: (onLine) => {
      const { stdin } = process;
      let rest = '';
      const take = (text: string): void => {
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      };
      stdin.setEncoding('utf8').on('data', take);
      // Reading keeps the process alive; nobody here waits for the end of what is typed.
      stdin.unref?.();
      return () => {
        stdin.off('data', take);
        stdin.pause();
      };
    },
    env,
    flush: async () => {
      for (const stream of opened === null ? [stdout] : [stdout, opened])
        await new Promise<void>((resolve) => stream.write('', () => resolve()));
    },
  };
}

/** A reader that has seen enough (`| head`) ends us quietly; an output that cannot be written does not. */
function quietly(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    // A full disk behind `> file`: there is nobody else left to tell.
    const why = fileReason(error.code ?? '') ?? error.message;
    if (stream !== process.stderr) process.stderr.write(`✗ standard output: ${why}: not everything was written\n`);
    process.exit(1);
  });
  return stream;
}

/** NO_COLOR and --no-color win, then FORCE_COLOR and CLICOLOR_FORCE, then what the terminal can do. */
function colourLevel(
  env: Readonly<Record<string, string | undefined>>,
  isTty: boolean,
  noColour: boolean,
): 0 | 1 | 2 | 3 {
  if (noColour || (env['NO_COLOR'] ?? '') !== '') return 0;
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force === '0' || force === 'false' ? 0 : force === '2' ? 2 : force === '3' ? 3 : 1;
  if ((env['CLICOLOR_FORCE'] ?? '0') !== '0') return 1;
  if (!isTty || env['TERM'] === 'dumb') return 0;
  if (/^(truecolor|24bit)$/.test(env['COLORTERM'] ?? '')) return 3;
  return /256/.test(env['TERM'] ?? '') ? 2 : 1;
}

/** Resolves after `ms`, or as soon as `signal` is aborted. */
function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** How stdout wants its text. */
export async function styleOf(io: Io, wide: boolean): Promise<Style> {
  return { theme: await io.theme(), human: io.outIsTty, width: io.outIsTty ? io.width : null, wide };
}
