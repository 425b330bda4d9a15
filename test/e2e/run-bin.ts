import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawn as spawnPty } from '@lydell/node-pty';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = fileURLToPath(new URL('../../bin/kmedic.js', import.meta.url));
export const DIST = new URL('../../dist/', import.meta.url);

if (!existsSync(new URL('main.js', DIST))) throw new Error('dist/main.js is missing: run `node build.mjs` first');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A run of the built bin, with pipes. Whatever a test forgets is killed with the test process. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';
  #waiting: (() => void)[] = [];

  constructor(argv: readonly string[], env: Record<string, string> = {}) {
    const clean = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env };
    this.child = spawn(process.execPath, [BIN, ...argv], { cwd: ROOT, env: clean });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code) => {
        this.#wake();
        resolve({ code, out: this.#out, err: this.#err });
      });
    });
  }

  /** Resolves when stdout and stderr together hold the text; rejects when the process ends without it. */
  async said(text: string): Promise<void> {
    while (!`${this.#out}${this.#err}`.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended without saying ${text}: ${this.#out}${this.#err}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Runs the built bin to its end. */
export function runBin(argv: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Running(argv, env).ended;
}

/** A run of the built bin on a terminal. */
export class OnTerminal {
  readonly ended: Promise<{ code: number; out: string }>;
  readonly #pty: ReturnType<typeof spawnPty>;
  #out = '';
  #over = false;
  #waiting: (() => void)[] = [];

  constructor(argv: readonly string[], env: Record<string, string> = {}, columns = 100) {
    const clean = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TERM: 'xterm-256color', ...env };
    this.#pty = spawnPty(process.execPath, [BIN, ...argv], { cwd: ROOT, env: clean, cols: columns, rows: 30 });
    this.#pty.onData((text) => {
      this.#out += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#over = true;
        this.#wake();
        resolve({ code: exitCode, out: this.#out });
      });
    });
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  /** Resolves when the text has appeared that many times. */
  async said(text: string, times = 1): Promise<void> {
    while (this.#out.split(text).length <= times) {
      if (this.#over) throw new Error(`ended without saying ${text}: ${this.#out}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
