import { latestSample } from '../cluster/recording.ts';
import { timelineOf } from '../health/timeline.ts';
import { VERDICTS } from '../health/verdicts.ts';
import { diagnosisMarkdown } from './diagnosis-markdown.ts';
import { escapeMarkdown } from './markdown.ts';
import { judgedGroups } from './report-cluster.ts';
import type { ReportInput } from './report-html.ts';
import { clock } from './report-sections.ts';

const EVENTS_SHOWN = 40;
const GROUPS_SHOWN = 20;

/** The report for a ticket: the diagnosis, then the groups and what happened, as tables. */
export function reportMarkdown(
  { recording, diagnosis }: Pick<ReportInput, 'recording' | 'diagnosis'>,
  { showSources }: { readonly showSources: boolean } = { showSources: false },
): string {
  const groups = judgedGroups(recording);
  const events = timelineOf(recording);
  const blocks = [
    ...(groups.length === 0
      ? []
      : [
          '## Groups at the end',
          [
            '| group | verdict | state | members | lag | not known | what it means |',
            '|---|---|---|---:|---:|---:|---|',
            ...groups.slice(0, GROUPS_SHOWN).map(({ group, verdict, state, members, lag, unknown }) => {
              const cells = [group, verdict, state ?? '-', members, lag, unknown, VERDICTS[verdict].meaning];
              return `| ${cells.map((cell) => escapeMarkdown(String(cell))).join(' | ')} |`;
            }),
          ].join('\n'),
          ...(groups.length > GROUPS_SHOWN
            ? [`and ${groups.length - GROUPS_SHOWN} more groups, none of them worse`]
            : []),
        ]),
    ...(events.length === 0
      ? []
      : [
          '## Timeline',
          [
            '| when (UTC) | subject | what |',
            '|---|---|---|',
            ...events
              .slice(-EVENTS_SHOWN)
              .map(
                ({ atMs, subject, text }) =>
                  `| ${clock(new Date(atMs).toISOString())} | ${escapeMarkdown(subject)} | ${escapeMarkdown(text)} |`,
              ),
          ].join('\n'),
        ]),
    `Recorded ${clock(recording.at)} to ${clock(latestSample(recording).at)} UTC, ${recording.samples.length} samples.`,
  ];
  return `${diagnosisMarkdown(diagnosis, { showSources })}\n${blocks.join('\n\n')}\n`;
}
