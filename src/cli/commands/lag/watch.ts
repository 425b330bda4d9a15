import type { Snapshot } from '../../../cluster/snapshot.ts';
import { judgeLag, type LagOptions } from '../../../health/judge-lag.ts';
import type { LagReport } from '../../../health/lag-report.ts';
import type { LagView } from '../../../health/roll-up.ts';
import { type Sample, sampleOf } from '../../../health/samples.ts';
import type { LagSort } from '../../../render/lag-view.ts';
import { renderTable } from '../../../render/table.ts';
import { sampleLine, watchLines, watchTitle } from '../../../render/watch-view.ts';
import type { ExitCode, Output } from '../../command.ts';
import { errorLines, explain, problemOf } from '../../errors.ts';
import { usage } from '../../failure.ts';
import { type Io, styleOf } from '../../io.ts';
import { problemLines } from '../../present.ts';
import { openScreen } from '../../screen.ts';
import type { Source } from '../../source.ts';
import { filterPartitions, lagPresentation } from './presentation.ts';

/** Samples that verdicts, rates and the sparkline look back on. */
const REMEMBERED = 30;
/** Of very many partitions fewer samples are kept: so many points in all. */
const POINTS = 200_000;

export interface Watch {
  readonly source: Source;
  readonly observe: () => Promise<Snapshot>;
  readonly judging: LagOptions;
  readonly accept: ((row: { topic: string; partition: number }) => boolean) | undefined;
  /** Of `--lag`: which rows are shown. */
  readonly test: ((lag: number | null) => boolean) | null;
  readonly options: { readonly by: LagView; readonly sort: LagSort; readonly samples: number | undefined };
  readonly output: Output;
  readonly intervalMs: number;
}

/**
 * Looks again and again until it is interrupted, or `--samples` are taken. A terminal is redrawn in place; a pipe gets one
 * line per sample. A sample that fails is shown, and the next one tried: an incident is when connections break.
 */
export async function watchLag(watch: Watch, io: Io): Promise<ExitCode> {
  if (!watch.source.live) throw usage('a recording does not change: --watch needs a cluster');
  const painter = await painterFor(watch, io);
  const earlier: Sample[] = [];
  const history = new Map<string, (number | null)[]>();
  let latest: LagReport | null = null;
  try {
    for (
      let taken = 0;
      !io.interrupted.aborted && taken < (watch.options.samples ?? Number.POSITIVE_INFINITY);
      taken++
    ) {
      if (taken > 0) await io.sleep(watch.intervalMs);
      if (io.interrupted.aborted) break;
      try {
        const snapshot = await watch.observe();
        const report = judgeLag(snapshot, earlier, watch.judging, watch.accept);
        remember(history, report);
        latest =
          watch.test === null || watch.options.by !== 'partition' ? report : filterPartitions(report, watch.test);
        painter.sample(latest, history);
        earlier.push(sampleOf(snapshot, watch.judging.isolation));
        const points = earlier.at(-1)?.points.size ?? 0;
        while (earlier.length > Math.max(2, Math.min(REMEMBERED, POINTS / Math.max(1, points)))) earlier.shift();
      } catch (error) {
        // The first sample must succeed: a wrong address is not worth watching.
        if (latest === null) throw error;
        painter.failure(error);
      }
    }
  } finally {
    painter.close(latest);
  }
  return io.interrupted.aborted ? 130 : 0;
}

function remember(history: Map<string, (number | null)[]>, report: LagReport): void {
  const seen = new Set<string>();
  for (const { group, lag, unknown, partitions } of report.groups) {
    seen.add(group);
    const values = history.get(group) ?? [];
    values.push(partitions.length > 0 && unknown === partitions.length ? null : lag);
    if (values.length > REMEMBERED) values.shift();
    history.set(group, values);
  }
  for (const group of history.keys()) if (!seen.has(group)) history.delete(group);
}

interface Painter {
  sample(report: LagReport, history: ReadonlyMap<string, readonly (number | null)[]>): void;
  failure(error: unknown): void;
  close(latest: LagReport | null): void;
}

async function painterFor(watch: Watch, io: Io): Promise<Painter> {
  if (/json$/.test(watch.output)) return jsonPainter(watch, io);
  return io.outIsTty ? screenPainter(watch, io) : linePainter(io);
}

async function jsonPainter({ options, source, test }: Watch, io: Io): Promise<Painter> {
  const { renderJsonLine } = await import('../../../render/json.ts');
  return {
    sample: (report) => io.out(renderJsonLine(lagPresentation(report, options, test, source.reach).document())),
    failure: (error) => {
      const at = new Date(io.now()).toISOString();
      io.out(
        renderJsonLine({ kind: 'error', version: 1, at, cluster: { id: null }, errors: [problemOf(explain(error))] }),
      );
    },
    close: () => undefined,
  };
}

function linePainter(io: Io): Painter {
  return {
    sample: (report) => {
      io.out(`${sampleLine(report)}\n`);
      for (const line of problemLines(report.problems)) io.err(`${line}\n`);
    },
    failure: (error) => io.err(`${errorLines(explain(error), [], false).join('\n')}\n`),
    close: () => undefined,
  };
}

async function screenPainter({ options, output, intervalMs, source, test }: Watch, io: Io): Promise<Painter> {
  const style = await styleOf(io, output === 'wide');
  const screen = openScreen(io);
  const stop = (): void => screen.close();
  io.interrupted.addEventListener('abort', stop, { once: true });
  let last: string[] = [];
  return {
    sample: (report, history) => {
      const sized = { ...style, width: io.width };
      const groups = watchLines(report, history, sized);
      const head = [watchTitle(report, intervalMs, sized), '', ...groups.slice(0, Math.max(1, io.height >> 1)), ''];
      const [sheet] = lagPresentation(report, options, test, source.reach).sheets;
      const table = (sheet === undefined ? '' : renderTable(sheet, sized).text).trimEnd().split('\n');
      const room = Math.max(2, io.height - head.length - 1);
      const more = table.length - room;
      const rows = more > 0 ? [...table.slice(0, room - 1), style.theme('muted', `… ${more + 1} more rows`)] : table;
      last = [...head, ...rows, ...problemLines(report.problems)];
      if (!io.interrupted.aborted) screen.draw(last);
    },
    failure: (error) => {
      if (!io.interrupted.aborted) screen.draw([...errorLines(explain(error), [], false), '', ...last]);
    },
    close: (latest) => {
      stop();
      if (latest !== null) io.out(`${sampleLine(latest)}\n`);
    },
  };
}
