import { isrDocument, isrPartitionBody } from '../../../health/isr-document.ts';
import type { IsrPartition } from '../../../health/isr-report.ts';
import { judgeIsr } from '../../../health/judge-isr.ts';
import { effortText, plural } from '../../../render/findings-view.ts';
import { isrLines, isrSheet } from '../../../render/isr-view.ts';
import { numberText } from '../../../render/style.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { hintLine } from '../../hint.ts';
import { missingTopics } from '../../missing-topics.ts';
import { present } from '../../present.ts';
import { openSource } from '../../source.ts';
import type { isr } from './descriptors.ts';
import { acceptTopics, REPLICATION } from './observe.ts';

/** A partition that a filter asked for. What is not known passes: a filter must not hide it. */
const FILTERS = {
  underReplicated: (row) => row.underReplicated,
  underMinIsr: (row) => row.underMinIsr ?? true,
  atMinIsr: (row) => row.atMinIsr ?? true,
  offline: (row) => row.offline,
  reassigning: (row) => row.reassigning,
  unbalanced: (row) => row.unbalanced,
  onlyProblems: (row) => row.severity === 'warn' || row.severity === 'error',
} as const satisfies Readonly<Record<string, (row: IsrPartition) => boolean>>;

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof isr>(invocation);
  const { args, globals } = invocation;
  const accept = acceptTopics(args);
  const filters = (Object.keys(FILTERS) as (keyof typeof FILTERS)[]).filter((name) => options[name]);
  const source = await openSource(globals, deps);
  try {
    const request = { ...REPLICATION, filter: accept };
    const snapshot = await source.observe(request);
    const all = judgeIsr(snapshot, accept, source.earlier(request));
    const problems = [...all.problems, ...missingTopics(args, snapshot.topics)];
    const chosen = all.partitions.filter((row) => filters.length === 0 || filters.some((name) => FILTERS[name](row)));
    const report = { ...all, partitions: chosen, problems };
    const hint = (next: Parameters<typeof hintLine>[0]): string => hintLine(next, source.reach);
    await present(
      {
        document: () => isrDocument(report, hint),
        lines: () => chosen.map((row) => ({ at: report.at, ...isrPartitionBody(row) })),
        sheets: [isrSheet(chosen, { human: io.outIsTty })],
        rest: (at) => `the worst of them ${chosen[at]?.verdict}`,
        // The headline is about everything that was named, whatever the filter shows of it.
        before: (style) => isrLines(all, style, hint),
        after: (style) => {
          const shown = `${plural(chosen.length, 'partition', style)} of ${numberText(all.partitions.length, style)}`;
          return [style.theme('muted', `${shown} · ${effortText(report)}`)];
        },
        problems,
      },
      globals.output,
      io,
    );
    const failed = exitForProblems(problems, all.partitions.length > 0);
    if (failed !== 0) return failed;
    return options.exitCode && all.partitions.some(({ severity }) => severity === 'error') ? 1 : 0;
  } finally {
    await source.close();
  }
};
