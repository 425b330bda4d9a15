import { paceOf } from '../../../health/commit-pace.ts';
import { effortText, totalsLine } from '../../../render/findings-view.ts';
import { groupsSheet } from '../../../render/groups-view.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { selectGroups } from '../../group-pattern.ts';
import { knownNames } from '../../known-names.ts';
import { withoutMissing } from '../../missing-groups.ts';
import { present } from '../../present.ts';
import { openSource } from '../../source.ts';
import { commitTimestamps } from '../../time-lag.ts';
import type { groupsList } from './descriptors.ts';
import { groupBody, groupsDocument, judgeGroups } from './document.ts';
import { knownState } from './states.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof groupsList>(invocation);
  const states = new Set(options.state.map(knownState));
  const selection = selectGroups(invocation.args, false);
  const source = await openSource(invocation.globals, deps);
  try {
    const want = { members: true, commits: true, offsets: true, commitTimestamps: commitTimestamps('auto', selection) };
    const request = { groups: selection, want };
    const snapshot = await withoutMissing(
      await source.observe(request),
      selection,
      knownNames((wanted) => source.observe(wanted)),
    );
    const { report, entries } = judgeGroups(
      snapshot,
      { earlier: source.earlier(request), oldAfterMs: paceOf(source.recording?.histories ?? []) },
      (group) =>
        (states.size === 0 || states.has(group.state ?? 'Unknown')) &&
        (options.type === undefined || options.type === group.type),
    );
    await present(
      {
        document: () => groupsDocument(report, entries),
        lines: () => entries.map((entry) => ({ at: report.at, ...groupBody(entry) })),
        sheets: [groupsSheet(entries)],
        after: (style) => [style.theme('muted', `${totalsLine(report, style)} · ${effortText(report)}`)],
        problems: report.problems,
      },
      invocation.globals.output,
      io,
    );
    return exitForProblems(
      report.problems,
      entries.some(({ group }) => group.problem === null),
    );
  } finally {
    await source.close();
  }
};
