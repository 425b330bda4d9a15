import { join } from 'node:path';
import { spanText } from '../../../health/span-text.ts';
import { wrap } from '../../../render/wrap.ts';
import { type ExitCode, optionsOf, type Run } from '../../command.ts';
import type { RunningDrill } from '../../deps.ts';
import type { Io } from '../../io.ts';
import { orInterrupted } from '../../until-interrupted.ts';
import type { drillRun } from './descriptors.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof drillRun>(invocation);
  const [name = ''] = invocation.args;
  const progress = await io.progress('making an incident happen');
  const started = deps.startDrill(name, { nodes: 3, port: options.port }, io.interrupted, (sentence) =>
    io.out(`  ${sentence}\n`),
  );
  const running = await orInterrupted(started, io, (late) => late.close()).finally(() => progress.stop());
  if (running === null) return 130;
  try {
    io.out(introduction(running, io.width));
    return await onCall(running, io, options.giveUpAfter);
  } finally {
    await running.close();
  }
};

/** From the page to the end: repaired, given up, out of time, or Ctrl-C. */
async function onCall(running: RunningDrill, io: Io, limitMs: number | undefined): Promise<ExitCode> {
  const { drill } = running;
  const began = io.now();
  const over = new AbortController();
  const end = (): void => over.abort();
  io.interrupted.addEventListener('abort', end, { once: true });
  const limit = limitMs === undefined ? undefined : setTimeout(end, limitMs);
  let hints = 0;
  const stopReading = io.lines((line) => {
    const word = line.trim().toLowerCase();
    if (word === 'h' || word === 'hint') {
      const hint = drill.hints[hints];
      hints = Math.min(hints + 1, drill.hints.length);
      io.out(
        hint === undefined
          ? '  no more hints\n'
          : indented(`hint ${hints} of ${drill.hints.length}: ${hint}`, io.width),
      );
    } else if (word === 'files') {
      io.out(filesText(running));
    } else if (word === 'q' || word === 'quit') {
      end();
    } else if (word !== '') {
      io.out(`  "${word}" is none of hint, files, quit\n`);
    }
  });
  try {
    const repaired = await running.repaired(over.signal);
    if (io.interrupted.aborted) return 130;
    const took = spanText(io.now() - began);
    const used = hints === 0 ? 'without a hint' : `with ${hints} of ${drill.hints.length} hints`;
    io.out(repaired ? `\n✓ repaired after ${took}, ${used}\n` : `\n✗ not repaired after ${took}\n`);
    io.out(indented(`it was: ${drill.cause}`, io.width));
    return repaired ? 0 : 1;
  } finally {
    stopReading();
    clearTimeout(limit);
    io.interrupted.removeEventListener('abort', end);
  }
}

function introduction(running: RunningDrill, width: number): string {
  const { drill, cluster } = running;
  const [first] = cluster.brokers;
  // All of them: some drills are about a broker that is gone.
  const reach = `-b ${cluster.brokers.map(({ host, port }) => `${host}:${port}`).join(',')}`;
  return [
    `kmedic drill ${drill.name}: ${cluster.brokers.length} brokers on ${first?.host}:${cluster.brokers.map(({ port }) => port).join(' ')}, in memory`,
    '',
    `PAGE${indented(drill.page, width)}`.trimEnd(),
    '',
    'find it, in another terminal:',
    `  kmedic diagnose ${reach}`,
    `  kmedic lag --all ${reach}`,
    `  kmedic isr ${reach}`,
    `  kmedic broker status ${reach}`,
    ...(running.directory === null ? [] : ['the deployment; saving a file deploys it:', filesText(running).trimEnd()]),
    'here: hint, files, quit (and Enter). Ctrl-C ends the drill; nothing is left behind.',
    '',
    '',
  ].join('\n');
}

function filesText({ directory, files }: RunningDrill): string {
  return directory === null ? '  nothing is deployed\n' : files.map((file) => `  ${join(directory, file)}\n`).join('');
}

function indented(text: string, width: number): string {
  return wrap(text, width - 2)
    .map((line) => `  ${line}\n`)
    .join('');
}
