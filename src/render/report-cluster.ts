import { latestSample, type Recording } from '../cluster/recording.ts';
import type { Problem } from '../cluster/snapshot.ts';
import { judgeRecording } from '../health/judge-recording.ts';
import type { GroupLag } from '../health/lag-report.ts';
import { type GroupSeries, lagSeries } from '../health/lag-series.ts';
import { plainText } from '../health/phrase.ts';
import { SEVERITIES, type Severity, VERDICTS } from '../health/verdicts.ts';
import { bytesText } from './bytes.ts';
import { type Child, h, type Markup } from './html.ts';
import { isrChart, isrState, lagChart, rateChart, skewCharts, stateChart } from './report-charts.ts';
import { badge, list, section, table } from './report-sections.ts';

/** The parts of a report that show what the cluster was like: groups, replication, and what was read. */

/** More would be a book: the worst ones. */
const GROUPS_SHOWN = 8;
const ROWS_SHOWN = 30;
const PROBLEMS_SHOWN = 40;
const TONES: Readonly<Record<Severity, string>> = { error: 'bad', warn: 'warn', note: 'note', ok: 'good' };
const SIGNS: Readonly<Record<Severity, string>> = { error: '✗', warn: '!', note: '·', ok: '✓' };

/** Lag and states of the worst groups over time; null where the recording has none. */
export function groupsSection(recording: Recording): Markup | null {
  const judged = judgedGroups(recording);
  if (judged.length === 0) return null;
  const shown = judged.slice(0, GROUPS_SHOWN);
  const series = lagSeries(
    recording,
    shown.map(({ group }) => group),
  );
  const rest = judged.length - shown.length;
  return section(
    'groups',
    'Consumer groups',
    shown.map((lag, index) => groupArticle(recording, lag, series[index] ?? null, `g${index}`)),
    rest > 0 ? h('p', { class: 'meta' }, `${rest} more groups, none of them worse, are not shown`) : null,
  );
}

/** The groups of the newest sample, judged against the earlier ones: the worst first. */
export function judgedGroups(recording: Recording): GroupLag[] {
  const { groups } = judgeRecording(recording);
  const harm = ({ severity }: GroupLag) => -SEVERITIES.indexOf(severity);
  return [...groups].sort((a, b) => harm(a) - harm(b) || b.lag - a.lag || (a.group < b.group ? -1 : 1));
}

function groupArticle(recording: Recording, lag: GroupLag, series: GroupSeries | null, id: string): Markup {
  const unknown = lag.unknown === 0 ? '' : `, of ${lag.unknown} partitions not known`;
  const [worst] = lag.findings;
  const charts = series === null ? [] : [lagChart(series, `${id}-lag`), rateChart(series, `${id}-rate`)];
  return h(
    'article',
    { class: 'group' },
    h('h3', {}, lag.group, ' ', badge(TONES[lag.severity], `${SIGNS[lag.severity]} ${lag.verdict}`)),
    h(
      'p',
      { class: 'meta' },
      `${lag.state ?? 'state unknown'} · ${lag.members} ${lag.members === 1 ? 'member' : 'members'} · ${lag.type} · lag ${lag.lag}${unknown}`,
    ),
    h('p', {}, VERDICTS[lag.verdict].meaning),
    worst === undefined
      ? null
      : list(
          worst.partitions
            .slice(0, 3)
            .map(({ topic, partition, evidence }) => `${topic}-${partition}: ${plainText(evidence)}`),
        ),
    charts,
    stateChart(recording, lag.group, `${id}-state`),
    series === null ? null : skewCharts(series, `${id}-skew`),
    partitionTable(lag),
  );
}

/** The numbers behind the charts, as they were at the end. */
function partitionTable({ partitions }: GroupLag): Child {
  if (partitions.length === 0) return null;
  const sorted = [...partitions].sort(
    (a, b) => (b.lag ?? Number.POSITIVE_INFINITY) - (a.lag ?? Number.POSITIVE_INFINITY),
  );
  const shown = sorted.slice(0, ROWS_SHOWN);
  const rest = partitions.length - shown.length;
  return [
    h('h4', {}, 'At the end'),
    table(
      ['Partition', 'Committed', 'End', 'Lag', 'Owner', 'Verdict'],
      shown.map((row) => [
        `${row.topic}-${row.partition}`,
        row.committed ?? '-',
        row.end ?? '-',
        row.lag ?? '-',
        row.clientId ?? '-',
        badge(TONES[VERDICTS[row.verdict].severity], row.verdict),
      ]),
      [1, 2, 3],
    ),
    rest > 0 ? h('p', { class: 'meta' }, `and ${rest} partitions with less lag`) : null,
  ];
}

/** The ISR of partitions over time, and the brokers; null where the recording has no partitions. */
export function replicationSection(recording: Recording): Markup | null {
  const latest = latestSample(recording);
  const partitions = latest.topics.reduce((sum, topic) => sum + topic.partitions.length, 0);
  if (partitions === 0) return null;
  const { chart, ailing } = isrChart(recording, 'isr');
  return section(
    'replication',
    'Replication and brokers',
    ailing === 0
      ? h('p', {}, `All ${partitions} partitions had a leader and every replica in sync in every sample.`)
      : h('p', {}, `${ailing} of ${partitions} partitions lacked a replica or a leader in at least one sample.`),
    chart,
    chart === null && ailing > 0 ? ailingTable(recording) : null,
    brokerTable(recording),
  );
}

/** Of a single sample there is nothing to draw over time. */
function ailingTable(recording: Recording): Markup {
  const rows = latestSample(recording).topics.flatMap(({ topic, minIsr, partitions }) =>
    partitions
      .filter(({ leader, isr, replicas }) => leader === null || isr.length < replicas.length)
      .map((partition) => {
        const { text, tone } = isrState(partition, minIsr ?? null);
        const replicas = partition.replicas.join(',');
        return [`${topic}-${partition.partition}`, partition.leader ?? 'none', replicas, badge(tone, text)];
      }),
  );
  return table(['Partition', 'Leader', 'Replicas', 'In sync'], rows.slice(0, ROWS_SHOWN));
}

function brokerTable(recording: Recording): Markup {
  const latest = latestSample(recording);
  const leads = new Map<number, number>();
  for (const { partitions } of latest.topics) {
    for (const { leader } of partitions) if (leader !== null) leads.set(leader, (leads.get(leader) ?? 0) + 1);
  }
  return table(
    ['Broker', 'Address', 'Leads', 'On disk', 'Free', 'Answered in', 'State'],
    latest.brokers.map(({ id, host, port, logDirs = [], answerMs = null, problem }) => {
      const known = logDirs.filter(({ usableBytes }) => usableBytes !== null);
      const failed = logDirs.find(({ error }) => error !== null);
      const state =
        problem !== null
          ? badge('bad', `✗ ${problem.name}`)
          : failed === undefined
            ? badge('good', '✓ answers')
            : badge('bad', `✗ ${failed.error ?? 'log directory failed'}`);
      return [
        id,
        `${host}:${port}`,
        leads.get(id) ?? 0,
        logDirs.length === 0 ? '-' : bytesText(logDirs.reduce((sum, { replicaBytes }) => sum + replicaBytes, 0)),
        known.length === 0 ? '-' : bytesText(known.reduce((sum, { usableBytes }) => sum + (usableBytes ?? 0), 0)),
        answerMs === null ? '-' : `${answerMs} ms`,
        state,
      ];
    }),
    [2, 3, 4, 5],
  );
}

/** What the report rests on, and what could not be read. */
export function evidenceSection(recording: Recording): Markup {
  const { samples, histories, topicConfigs, brokerConfigs, transactions, keySamples, scope } = recording;
  const items = [
    `${samples.length} ${samples.length === 1 ? 'snapshot' : 'snapshots'} of brokers, partitions, groups and commits`,
    histories.length === 0
      ? 'no history of groups was read'
      : `the history of ${histories.length} groups from __consumer_offsets (${histories.reduce((sum, { records }) => sum + records, 0)} records)`,
    `settings of ${topicConfigs.length} topics and ${brokerConfigs.length} brokers`,
    transactions === null
      ? 'open transactions were not asked for'
      : `open transactions: ${transactions.open.length === 0 ? 'none' : transactions.open.length}`,
    ...(keySamples.length === 0 ? [] : [`keys of ${keySamples.length} partitions were counted`]),
    ...(scope.groups === null ? [] : [`only groups ${scope.groups.join(', ')}`]),
    ...(scope.topics === null ? [] : [`only topics ${scope.topics.join(', ')}`]),
    ...(recording.interrupted ? ['the recording was stopped before all samples were taken'] : []),
  ];
  const problems = problemsOf(recording);
  const shown = problems.slice(0, PROBLEMS_SHOWN);
  return section(
    'evidence',
    'What it rests on',
    list(items),
    problems.length === 0
      ? null
      : [
          h('h3', {}, 'Could not be read'),
          list(
            shown.map(
              ({ scope: where, name, message, advice }): Child => [
                h('strong', {}, where),
                ` ${name}: ${message}`,
                advice === null ? null : h('div', { class: 'meta' }, advice),
              ],
            ),
          ),
          problems.length > shown.length
            ? h('p', { class: 'meta' }, `and ${problems.length - shown.length} more`)
            : null,
        ],
  );
}

function problemsOf({ samples, problems, histories, topicConfigs, brokerConfigs }: Recording): Problem[] {
  const all = [
    ...problems,
    ...samples.flatMap((sample) => [...sample.problems, ...sample.groups.flatMap(({ problem }) => problem ?? [])]),
    ...[...histories, ...topicConfigs, ...brokerConfigs].flatMap(({ problem }) => problem ?? []),
  ];
  return [...new Map(all.map((each) => [`${each.scope} ${each.name} ${each.message}`, each])).values()];
}
