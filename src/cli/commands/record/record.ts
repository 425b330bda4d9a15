import { recordingOf } from '../../../cluster/recording.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { selectGroups } from '../../group-pattern.ts';
import { hintLine } from '../../hint.ts';
import { problemLines } from '../../present.ts';
import { openSource } from '../../source.ts';
import { commitTimestamps } from '../../time-lag.ts';
import type { record } from './descriptors.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof record>(invocation);
  const [file = ''] = invocation.args;
  const groups = selectGroups(options.group, false);
  const source = await openSource(invocation.globals, deps);
  try {
    const want = {
      members: true,
      commits: true,
      offsets: true,
      lastStable: true,
      logEnd: true,
      maxTimestamp: true,
      replication: true,
      logDirs: true,
      commitTimestamps: commitTimestamps('auto', groups),
    };
    const snapshot = await source.observe({ groups, topics: 'all', want });
    await deps.writeRecording(file, recordingOf(snapshot), options.force);
    const result = { file, groups: snapshot.groups.length, topics: snapshot.topics.length, at: snapshot.at };
    if (invocation.globals.output === 'table' || invocation.globals.output === 'wide') {
      const look = hintLine({ command: ['lag'], subject: null, options: [] }, ['--from', file]);
      io.err(`${result.groups} groups and ${result.topics} topics written; look at them with: ${look}\n`);
    } else {
      const { renderJson } = await import('../../../render/json.ts');
      io.out(
        renderJson({
          kind: 'recording',
          version: 1,
          cluster: { id: snapshot.cluster.id },
          ...result,
          errors: snapshot.problems,
        }),
      );
    }
    for (const line of problemLines(snapshot.problems)) io.err(`${line}\n`);
    return exitForProblems(snapshot.problems, true);
  } finally {
    await source.close();
  }
};
