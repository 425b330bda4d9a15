import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One finished run of a command as a whole process. */
export interface Run {
  readonly wallMs: number;
  /** Highest resident set seen, in bytes; sampled from /proc every few ms, so a short peak may be missed. 0 elsewhere. */
  readonly peakBytes: number;
  readonly code: number | null;
  readonly stdoutBytes: number;
}

/** Runs a command to its end, its output read and thrown away. */
export function runOnce(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Run> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
    let stdoutBytes = 0;
    let peakBytes = 0;
    const sampler = setInterval(() => {
      peakBytes = Math.max(peakBytes, peakOf(child.pid));
    }, 5);
    child.stdout.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
    });
    child.once('error', reject);
    child.once('exit', () => clearInterval(sampler));
    child.once('close', (code) => resolve({ wallMs: performance.now() - begin, peakBytes, code, stdoutBytes }));
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    // The process ended between two samples, or this is not Linux.
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Runs A and B in turn, `rounds` times after one warm-up each, so that a drifting machine slows both alike. */
export async function inTurn<T>(rounds: number, a: () => Promise<T>, b: () => Promise<T>): Promise<{ a: T[]; b: T[] }> {
  await a();
  await b();
  const results: { a: T[]; b: T[] } = { a: [], b: [] };
  for (let round = 0; round < rounds; round++) {
    results.a.push(await a());
    results.b.push(await b());
  }
  return results;
}

/** The exit code of a measurement that ran to its end and missed a claim; a broken one ends with 1. */
const CLAIM_MISSED = 7;

/** Prints a claim with its figure; a figure beyond its limit makes the measurement end with CLAIM_MISSED. */
export function claim(name: string, value: number, limit: number, unit = '×'): void {
  const good = value <= limit;
  process.stdout.write(
    `${good ? '✓' : '✗'} ${name}: ${value.toFixed(2)} ${unit} (claimed: at most ${limit} ${unit})\n`,
  );
  if (!good) process.exitCode = CLAIM_MISSED;
}
