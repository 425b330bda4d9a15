import { latestSample, type Recording } from '../../../cluster/recording.ts';
import type { Problem } from '../../../cluster/snapshot.ts';
import { countText } from '../../../health/count-text.ts';
import { bytesText } from '../../../render/bytes.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { usage } from '../../failure.ts';
import { hintLine } from '../../hint.ts';
import { missingTopics } from '../../missing-topics.ts';
import { problemLines } from '../../present.ts';
import { openConnection } from '../../source.ts';
import { partOf, takeRecording } from '../../take-recording.ts';
import type { record } from './descriptors.ts';
import type { RecordedDocument } from './document.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof record>(invocation);
  const { globals } = invocation;
  const [argument] = invocation.args;
  const file = options.out ?? argument;
  if (file === undefined) throw usage('where to? Name the file', 'for example kmedic record --out incident.kmedic');
  if (options.out !== undefined && argument !== undefined) throw usage('--out names the file: one name is enough');
  const taking = {
    groups: options.group,
    topics: options.topic,
    samples: options.samples,
    everyMs: options.every,
    historyMs: options.history,
    keys: options.keys,
    ...(globals.verbose ? { tell: (done: number) => io.err(`sample ${done} of ${options.samples}\n`) } : {}),
  };
  let taken: Recording | null;
  if (globals.from === undefined) {
    const { connection, close } = await openConnection(globals, deps);
    try {
      taken = await takeRecording(connection, taking, io);
    } finally {
      await close();
    }
  } else {
    if (globals.bootstrapServer !== undefined || globals.embedded !== undefined) {
      throw usage('--from reads a file: it cannot be combined with -b or --embedded');
    }
    const { narrowRecording } = await import('../../../cluster/narrow-recording.ts');
    taken = narrowRecording(await deps.readRecording(globals.from), partOf(taking));
  }
  if (taken === null) {
    io.err('stopped before the first sample: nothing was written\n');
    return 130;
  }
  const missing = missingTopics(options.topic, latestSample(taken).topics);
  const recording = options.redact ? (await import('../../../cluster/redact.ts')).redact(taken) : taken;
  const bytes = await deps.writeRecording(file, recording, options.force);
  const problems = [...problemsOf(recording), ...missing];
  await tell(recording, file, bytes, problems);
  for (const line of problemLines(problems)) io.err(`${line}\n`);
  if (io.interrupted.aborted) return 130;
  return exitForProblems(problems, true);

  async function tell(written: Recording, path: string, size: number, errors: readonly Problem[]): Promise<void> {
    const latest = latestSample(written);
    const counts = {
      samples: written.samples.length,
      groups: latest.groups.length,
      topics: latest.topics.length,
      histories: written.histories.length,
    };
    if (globals.output === 'table' || globals.output === 'wide') {
      const look = hintLine({ command: ['lag'], subject: null, options: [] }, ['--from', path]);
      const what = `${countText(counts.groups, 'group')} and ${countText(counts.topics, 'topic')}`;
      io.err(
        `${countText(counts.samples, 'sample')} of ${what} written (${bytesText(size)}); look at them with: ${look}\n`,
      );
      return;
    }
    const { renderJson } = await import('../../../render/json.ts');
    const { at, cluster, redacted, interrupted } = written;
    const head = { kind: 'recorded', version: 1, at, cluster, file: path, bytes: size } as const;
    io.out(renderJson({ ...head, ...counts, redacted, interrupted, errors: [...errors] } satisfies RecordedDocument));
  }
};

/** What could not be read, each said once however many samples say it. */
function problemsOf({ samples, problems, histories, topicConfigs, brokerConfigs }: Recording): Problem[] {
  const all = [
    ...samples.flatMap((sample) => sample.problems),
    ...(samples.at(-1)?.groups ?? []).flatMap(({ problem }) => problem ?? []),
    ...problems,
    ...[...histories, ...brokerConfigs].flatMap(({ problem }) => problem ?? []),
    ...topicConfigs.slice(0, 3).flatMap(({ problem }) => problem ?? []),
  ];
  return [...new Map(all.map((one) => [`${one.scope} ${one.name} ${one.message}`, one])).values()];
}
