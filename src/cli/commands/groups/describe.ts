import { paceOf } from '../../../health/commit-pace.ts';
import type { Next } from '../../../health/lag-report.ts';
import { findingLines, totalsLine } from '../../../render/findings-view.ts';
import { assignmentsSheet, membersSheet, stateSheet } from '../../../render/groups-view.ts';
import { lagSheet } from '../../../render/lag-view.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { selectGroups } from '../../group-pattern.ts';
import { hintLine } from '../../hint.ts';
import { knownNames } from '../../known-names.ts';
import { withoutMissing } from '../../missing-groups.ts';
import { present } from '../../present.ts';
import { openSource } from '../../source.ts';
import { commitTimestamps } from '../../time-lag.ts';
import { lagPresentation } from '../lag/presentation.ts';
import type { groupsDescribe } from './descriptors.ts';
import { groupBody, groupsDocument, judgeGroups } from './document.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof groupsDescribe>(invocation);
  const views = (['state', 'members', 'assignments', 'offsets'] as const).filter((view) => options[view]);
  const { output } = invocation.globals;
  const selection = selectGroups(invocation.args, false);
  const source = await openSource(invocation.globals, deps);
  try {
    const want = {
      members: true,
      commits: true,
      offsets: true,
      logEnd: true,
      commitTimestamps: commitTimestamps('auto', selection),
    };
    const request = { groups: selection, want };
    const snapshot = await withoutMissing(
      await source.observe(request),
      selection,
      knownNames((wanted) => source.observe(wanted)),
    );
    const { report, entries } = judgeGroups(snapshot, {
      earlier: source.earlier(request),
      oldAfterMs: paceOf(source.recording?.histories ?? []),
    });
    const groups = entries.map(({ group }) => group);
    const sheets: Readonly<Record<(typeof views)[number], () => Sheet>> = {
      state: () => stateSheet(entries),
      members: () => membersSheet(groups),
      assignments: () => assignmentsSheet(groups),
      offsets: () => lagSheet(report, 'partition', 'group'),
    };
    const everything =
      io.outIsTty && output !== 'csv' ? (['state', 'members', 'offsets'] as const) : (['offsets'] as const);
    const shown = views.length > 0 ? views : everything;
    const exit = exitForProblems(
      report.problems,
      entries.some(({ group }) => group.problem === null),
    );
    const onlyOffsets = views.length === 1 && views[0] === 'offsets';
    if (onlyOffsets) {
      await present(lagPresentation(report, { by: 'partition', sort: 'group' }, null, source.reach), output, io);
      return exit;
    }
    await present(
      {
        document: () => groupsDocument(report, entries),
        lines: () => entries.map((entry) => ({ at: report.at, ...groupBody(entry) })),
        sheets: shown.map((view) => sheets[view]()),
        before: (style) => findingLines(report, style, (next) => elsewhere(next, source.reach)),
        after: (style) => [style.theme('muted', totalsLine(report, style))],
        problems: report.problems,
      },
      output,
      io,
    );
    return exit;
  } finally {
    await source.close();
  }
};

/** A hint, unless it leads to where the reader is. */
function elsewhere(next: Next, reach: readonly string[]): string | null {
  const line = hintLine(next, reach);
  return /^kmedic groups describe/.test(line) && !line.includes(' --offsets') && !line.includes(' --assignments')
    ? null
    : line;
}
