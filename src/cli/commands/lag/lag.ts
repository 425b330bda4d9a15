import type { Snapshot } from '../../../cluster/snapshot.ts';
import { paceOf } from '../../../health/commit-pace.ts';
import { judgeLag } from '../../../health/judge-lag.ts';
import { type Isolation, type Sample, sampleOf } from '../../../health/samples.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { usage } from '../../failure.ts';
import { selectGroups } from '../../group-pattern.ts';
import type { Io } from '../../io.ts';
import { knownNames } from '../../known-names.ts';
import { withoutMissing } from '../../missing-groups.ts';
import { missingElsewhere } from '../../missing-topics.ts';
import { present } from '../../present.ts';
import { openSource } from '../../source.ts';
import { lagTest } from '../../threshold.ts';
import { commitTimestamps } from '../../time-lag.ts';
import { topicFilter } from '../../topic-filter.ts';
import type { lag } from './descriptors.ts';
import { lagPresentation } from './presentation.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof lag>(invocation);
  const { globals, args } = invocation;
  const groups = selectGroups(args, options.all);
  const filter = topicFilter(options.topic);
  const test = lagTest(options.lag);
  if (
    options.watch !== undefined &&
    globals.output !== 'table' &&
    globals.output !== 'wide' &&
    !/json$/.test(globals.output)
  ) {
    throw usage(
      `--watch cannot write ${globals.output}`,
      'it draws a table on a terminal, and prints lines or -o json elsewhere',
    );
  }
  const source = await openSource(globals, deps);
  try {
    const request = {
      groups,
      ...(filter === undefined ? {} : { filter }),
      want: {
        members: true,
        commits: true,
        offsets: true,
        lastStable: true,
        logEnd: true,
        commitTimestamps: commitTimestamps(options.timeLag, groups),
      },
    };
    const known = knownNames((wanted) => source.observe(wanted));
    const observe = async (): Promise<Snapshot> => {
      const snapshot = await withoutMissing(await source.observe(request), groups, known);
      const missing = await missingElsewhere(options.topic, snapshot.topics, known);
      return missing.length === 0 ? snapshot : { ...snapshot, problems: [...snapshot.problems, ...missing] };
    };
    const judging = {
      isolation: options.isolation,
      oldAfterMs: options.oldAfter ?? paceOf(source.recording?.histories ?? []),
    };
    const accept =
      filter === undefined
        ? undefined
        : (row: { topic: string; partition: number }) => filter(row.topic, row.partition);
    if (options.watch !== undefined) {
      const { watchLag } = await import('./watch.ts');
      return await watchLag(
        { source, observe, judging, accept, test, options, output: globals.output, intervalMs: options.watch },
        io,
      );
    }
    const { latest, earlier } =
      source.recording === null
        ? await takeSamples(observe, options, io)
        : recordedSamples(await observe(), source.earlier(request), options);
    const report = judgeLag(latest, earlier, judging, accept);
    await present(lagPresentation(report, options, test, source.reach), globals.output, io);
    const failed = exitForProblems(
      report.problems,
      report.groups.some(
        ({ problem, partitions }) => problem === null && (accept === undefined || partitions.length > 0),
      ),
    );
    if (failed !== 0) return failed;
    return options.exitCode && report.groups.some(({ severity }) => severity === 'error') ? 1 : 0;
  } finally {
    await source.close();
  }
};

interface Sampling {
  readonly window: number | undefined;
  readonly samples: number | undefined;
  readonly isolation: Isolation;
}

/** The samples of a recording are judged as if they were taken now; `--window` and `--samples` choose the newest of them. */
function recordedSamples(
  latest: Snapshot,
  before: readonly Snapshot[],
  { window, samples, isolation }: Sampling,
): { latest: Snapshot; earlier: Sample[] } {
  const compares = window !== undefined || (samples ?? 1) > 1;
  if (compares && before.length === 0) {
    throw usage(
      'this recording is one sample: --window and --samples have nothing to compare with',
      'record a series with: kmedic record --out FILE --samples 12 --every 10s',
    );
  }
  const since = window === undefined ? Number.NEGATIVE_INFINITY : Date.parse(latest.at) - window;
  const inWindow = before.filter(({ at }) => Date.parse(at) >= since);
  const chosen = samples === undefined ? inWindow : samples === 1 ? [] : inWindow.slice(1 - samples);
  return { latest, earlier: chosen.map((sample) => sampleOf(sample, isolation)) };
}

/** One sample; with `--window` or `--samples`, several spread over the window. */
async function takeSamples(
  observe: () => Promise<Snapshot>,
  options: Sampling,
  io: Io,
): Promise<{ latest: Snapshot; earlier: Sample[] }> {
  const count = options.samples ?? (options.window === undefined ? 1 : 2);
  const earlier: Sample[] = [];
  let latest = await observe();
  if (count === 1) return { latest, earlier };
  const pauseMs = (options.window ?? 2000 * (count - 1)) / (count - 1);
  const progress = await io.progress(
    `comparing ${count} samples over ${((pauseMs * (count - 1)) / 1000).toFixed(1)} s`,
  );
  try {
    for (let taken = 1; taken < count && !io.interrupted.aborted; taken++) {
      earlier.push(sampleOf(latest, options.isolation));
      await io.sleep(pauseMs);
      if (!io.interrupted.aborted) latest = await observe();
    }
  } finally {
    progress.stop();
  }
  return { latest, earlier };
}
