import type { ObserveRequest } from '../../../cluster/selection.ts';
import type { Snapshot } from '../../../cluster/snapshot.ts';
import { countText } from '../../../health/count-text.ts';
import { spanText } from '../../../health/span-text.ts';
import type { Condition, Held, WaitDocument } from '../../../health/wait-condition.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { ExitCode, Globals } from '../../command.ts';
import type { Deps } from '../../deps.ts';
import { explain, problemOf } from '../../errors.ts';
import { usage } from '../../failure.ts';
import { DEFAULT_TIMEOUT_MS } from '../../globals.ts';
import type { Io } from '../../io.ts';
import { openConnection } from '../../source.ts';

export interface Waiting {
  readonly for: string;
  readonly request: ObserveRequest;
  readonly condition: Condition;
  readonly consecutive: number;
  readonly interval: number;
  /** How long to wait in all; a single answer may take the usual time. */
  readonly timeout: number;
}

/** However short the wait is, one look must be possible. */
const LEAST_ANSWER_MS = 1_000;

/** A wait that cannot end well: these do not go away by themselves. */
const HOPELESS = new Set(['AUTHENTICATION', 'TLS', 'NOT_KAFKA', 'UNSUPPORTED', 'INVALID_SETTING']);

/**
 * Samples until the condition holds so many times in a row. A cluster that cannot be reached is one more reason to wait:
 * that is what a restart looks like. Exit 0: it holds; 1: it did not in time; 3: nothing was ever read, or may not be; 130: interrupted.
 */
export async function waitUntil(waiting: Waiting, globals: Globals, io: Io, deps: Deps): Promise<ExitCode> {
  if (globals.output === 'csv') throw usage('-o csv is a table, and a wait has one answer', 'use -o json');
  const timeoutMs = Math.max(LEAST_ANSWER_MS, Math.min(waiting.timeout, DEFAULT_TIMEOUT_MS));
  const { connection, close } = await openConnection({ ...globals, timeoutMs }, deps);
  const began = io.now();
  let consecutive = 0;
  let samples = 0;
  let last: Snapshot | null = null;
  let held: Held = { met: false, reason: 'nothing was read' };
  let trouble: WaitDocument['errors'] = [];
  let said = '';
  const progress = await io.progress(`waiting for ${waiting.for}`);
  const elapsed = (): number => Math.max(0, io.now() - began);
  // A clock can be set back: the pauses alone tell how long it has been at least.
  let paused = 0;
  try {
    for (;;) {
      samples += 1;
      try {
        last = await connection.observe(waiting.request);
        held = waiting.condition(last);
        trouble = [...last.problems];
      } catch (error) {
        const details = explain(error);
        if (HOPELESS.has(details.name) || details.exit !== 3) throw error;
        held = { met: false, reason: `${details.name}: ${details.message}` };
        trouble = [problemOf(details)];
      }
      consecutive = held.met ? consecutive + 1 : 0;
      const news = lineOf(held, consecutive, waiting);
      if (!io.errIsTty && news !== said) io.err(news);
      said = news;
      if (consecutive >= waiting.consecutive || held.denied === true || io.interrupted.aborted) break;
      if (Math.max(elapsed(), paused) + waiting.interval > waiting.timeout) break;
      await io.sleep(waiting.interval);
      paused += waiting.interval;
      if (io.interrupted.aborted) break;
    }
  } finally {
    progress.stop();
    await close();
  }
  const met = consecutive >= waiting.consecutive;
  const document: WaitDocument = {
    kind: 'wait',
    version: 1,
    at: new Date(io.now()).toISOString(),
    cluster: { id: last?.cluster.id ?? null },
    for: waiting.for,
    met,
    reason: held.reason,
    samples,
    consecutive,
    elapsedMs: elapsed(),
    errors: trouble,
  };
  await print(document, globals, io);
  if (io.interrupted.aborted && !met) return 130;
  return met ? 0 : last === null || held.denied === true ? 3 : 1;
}

/** What a sample showed. A log gets it whenever it is something else than before; a terminal has the spinner. */
function lineOf(held: Held, consecutive: number, waiting: Waiting): string {
  const count = held.met && waiting.consecutive > 1 ? ` (${consecutive} of ${waiting.consecutive})` : '';
  return `${held.met ? '✓' : '·'} ${escapeInline(held.reason)}${count}\n`;
}

async function print(document: WaitDocument, { output }: Globals, io: Io): Promise<void> {
  if (output === 'yaml') return io.out((await import('../../../render/yaml.ts')).renderYaml(document));
  if (output === 'json' || output === 'ndjson') {
    const { renderJson, renderJsonLine } = await import('../../../render/json.ts');
    return io.out(output === 'json' ? renderJson(document) : renderJsonLine(document));
  }
  const { met, reason, samples, elapsedMs } = document;
  const what = escapeInline(document.for);
  const effort = `${countText(samples, 'sample')}, ${spanText(elapsedMs)}`;
  io.out(`${met ? '✓' : '✗'} ${what}: ${met ? '' : 'not reached: '}${escapeInline(reason)} (${effort})\n`);
}
