import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Report, Role } from './clients/roles.ts';

/** The built client: two levels up from the sources as from the bundle's chunks. */
const CLIENT = fileURLToPath(new URL('../../dist/lab-client.js', import.meta.url));

/** How long a client may take to end in order. */
const PATIENCE_MS = 3_000;

/** A client of a drill, at work in a process of its own. One that dies is started again, as anybody's orchestrator would. */
export class Player {
  /** Resolves when it is at work for the first time; rejects where it ended before. */
  readonly working: Promise<void>;
  readonly #role: Role;
  readonly #onTrouble: (message: string) => void;
  #child: ChildProcess;
  #stopped = false;
  #isWorking: () => void = () => undefined;

  constructor(role: Role, onTrouble: (message: string) => void = () => undefined) {
    this.#role = role;
    this.#onTrouble = onTrouble;
    this.working = new Promise((resolve) => {
      this.#isWorking = resolve;
    });
    this.#child = this.#start();
  }

  /** Ends it: in order, so that a member leaves its group; at once where that takes too long. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    await exit;
    clearTimeout(patience);
  }

  #start(): ChildProcess {
    const child = fork(CLIENT, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.on('message', (report: Report) => {
      if (report.event === 'working') this.#isWorking();
      else this.#onTrouble(report.message);
    });
    child.once('exit', () => {
      if (!this.#stopped) this.#child = this.#start();
    });
    child.send(this.#role);
    return child;
  }
}
