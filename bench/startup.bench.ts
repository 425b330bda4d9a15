// What starting kmedic costs beside starting Node: `--help`, and `lag` against a bundled broker on loopback that runs
// in a process of its own. `--rounds N` sets how often.
import { spawn } from 'node:child_process';
import { claim, inTurn, median, type Run, runOnce } from './measure.ts';

const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 15;
const BIN = 'bin/kmedic.js';
const bare = (): Promise<Run> => runOnce(process.execPath, ['-e', '0']);
const kmedic =
  (...args: string[]) =>
  (): Promise<Run> =>
    runOnce(process.execPath, [BIN, ...args]);
const wall = (runs: readonly Run[]): number => median(runs.map((run) => run.wallMs));

/** Starts a one-node broker and resolves with its address, which it prints once it is ready. */
async function startBroker(): Promise<{ address: string; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [BIN, 'broker', 'start', '--nodes', '1', '--port', '0', '--topic', 'orders:20:1'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const match = /127\.0\.0\.1:\d+/.exec(printed);
      if (match) resolve(match[0]);
    });
    child.once('exit', (code) => reject(new Error(`the broker ended with ${code}`)));
  });
  return {
    address,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const help = await inTurn(rounds, kmedic('--help'), bare);
console.log(
  `node -e 0: ${wall(help.b).toFixed(1)} ms; kmedic --help: ${wall(help.a).toFixed(1)} ms (medians of ${rounds})`,
);
claim('kmedic --help, of a bare node', wall(help.a) / wall(help.b), 1.35);

const broker = await startBroker();
try {
  const lag = await inTurn(rounds, kmedic('lag', '-b', broker.address), bare);
  const code = lag.a[0]?.code;
  if (code !== 0) throw new Error(`kmedic lag ended with ${code}`);
  console.log(
    `node -e 0: ${wall(lag.b).toFixed(1)} ms; kmedic lag: ${wall(lag.a).toFixed(1)} ms (medians of ${rounds})`,
  );
  claim('kmedic lag on loopback, of a bare node', wall(lag.a) / wall(lag.b), 2.2);
} finally {
  await broker.stop();
}
