import type { GroupHistory } from '../cluster/history.ts';
import type { Recording } from '../cluster/recording.ts';
import type { Partition, Snapshot } from '../cluster/snapshot.ts';
import type { GroupSeries } from '../health/lag-series.ts';
import { h, type Markup } from './html.ts';
import { type Band, type BandRow, type BandTone, bandChart } from './svg-bands.ts';
import { heatMap } from './svg-heat.ts';
import { lineChart, SERIES_STYLES } from './svg-lines.ts';
import { compact, spread } from './svg-scale.ts';

/** Points of a line, columns of a heat map, rows of a chart: more cannot be seen. */
const POINTS = 300;
const COLUMNS = 12;
const ROWS = 24;
const GENERATIONS = 40;
const MINUTE_MS = 60_000;

/** A chart under its caption. */
export function figure(caption: string, chart: Markup, note: string | null = null): Markup {
  return h('figure', {}, h('figcaption', {}, caption, note === null ? null : h('span', {}, ` ${note}`)), chart);
}

/** Lag over time: the group's, and that of its worst partitions. Null where there is nothing to draw a line through. */
export function lagChart(series: GroupSeries, id: string): Markup | null {
  if (!isDrawable(series.times, [series.lag])) return null;
  const pick = picked(series.times);
  const partitions = series.partitions.length > 1 ? series.partitions.slice(0, SERIES_STYLES - 1) : [];
  const rest = series.partitions.length - partitions.length;
  const line = (name: string, values: readonly (number | null)[]) => ({
    name,
    points: pick.map((at) => ({ atMs: series.times[at] ?? 0, value: values[at] ?? null })),
  });
  const [first, last] = [firstKnown(series.lag), lastKnown(series.lag)];
  return figure(
    'Lag in records',
    lineChart({
      id,
      title: `Lag of ${series.group} over time`,
      says: `From ${said(first)} to ${said(last)} records in all; ${partitions.map(({ topic, partition, lag }) => `${topic}-${partition} ends at ${said(lastKnown(lag))}`).join(', ')}`,
      series: [
        line(partitions.length > 0 ? 'all partitions' : 'lag', series.lag),
        ...partitions.map(({ topic, partition, lag }) => line(`${topic}-${partition}`, lag)),
      ],
    }),
    partitions.length > 0 && rest > 0
      ? `the ${partitions.length} worst of ${series.partitions.length} partitions`
      : null,
  );
}

/** Records per second: written to the group's partitions, and committed by it. */
export function rateChart(series: GroupSeries, id: string): Markup | null {
  const { times, committedPerSecond, writtenPerSecond, group } = series;
  if (times.length < 3 || !isDrawable(times, [committedPerSecond, writtenPerSecond])) return null;
  const pick = picked(times).filter((at) => at > 0);
  const line = (name: string, values: readonly (number | null)[]) => ({
    name,
    points: pick.map((at) => ({ atMs: times[at] ?? 0, value: values[at] ?? null })),
  });
  return figure(
    'Records per second',
    lineChart({
      id,
      title: `Records per second of ${group}`,
      says: `At the end ${said(lastKnown(writtenPerSecond))} written and ${said(lastKnown(committedPerSecond))} committed per second`,
      series: [line('written', writtenPerSecond), line('committed', committedPerSecond)],
    }),
  );
}

/** Which partitions are unlike the others: lag, and what is written to them. */
export function skewCharts(series: GroupSeries, id: string): Markup[] {
  const rows = series.partitions.slice(0, ROWS);
  if (rows.length < 2) return [];
  const pick = spread([...series.times.keys()], COLUMNS);
  const times = pick.map((at) => series.times[at] ?? 0);
  const note =
    rows.length < series.partitions.length ? `the ${rows.length} worst of ${series.partitions.length}` : null;
  const lags = rows.map(({ topic, partition, lag }) => ({
    name: `${topic}-${partition}`,
    values: pick.map((at) => lag[at] ?? null),
  }));
  const charts = [
    figure(
      'Skew: lag by partition',
      heatMap({
        id: `${id}-lag`,
        title: `Lag of ${series.group} by partition and time`,
        says: `Largest at the end: ${lags[0]?.name ?? ''} with ${said(lags[0]?.values.at(-1) ?? null)} records`,
        times,
        rows: lags,
      }),
      note,
    ),
  ];
  if (series.times.length > 2) {
    const written = rows
      .map(({ topic, partition, end }) => ({
        name: `${topic}-${partition}`,
        values: pick.slice(1).map((at, column) => rateBetween(series.times, end, pick[column] ?? 0, at)),
      }))
      .sort((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0));
    charts.push(
      figure(
        'Skew: records written per second',
        heatMap({
          id: `${id}-written`,
          title: `Records written per second by partition and time`,
          says: `Largest at the end: ${written[0]?.name ?? ''} with ${said(written[0]?.values.at(-1) ?? null)} a second`,
          times: times.slice(1),
          rows: written,
        }),
        note,
      ),
    );
  }
  return charts;
}

function rateBetween(
  times: readonly number[],
  ends: readonly (number | null)[],
  from: number,
  to: number,
): number | null {
  const [before, after] = [ends[from] ?? null, ends[to] ?? null];
  const ms = (times[to] ?? 0) - (times[from] ?? 0);
  return before === null || after === null || ms <= 0 || after < before ? null : ((after - before) * 1000) / ms;
}

const STATE_TONES: Readonly<Record<string, BandTone>> = {
  Stable: 'good',
  Empty: 'bad',
  Dead: 'bad',
  PreparingRebalance: 'warn',
  CompletingRebalance: 'warn',
  Assigning: 'warn',
  Reconciling: 'warn',
};

/** The group's state as the samples saw it, and its generations as `__consumer_offsets` tells them. */
export function stateChart(recording: Recording, group: string, id: string): Markup | null {
  const { samples } = recording;
  const history = recording.histories.find((each) => each.group === group);
  const toMs = Date.parse(samples.at(-1)?.at ?? '');
  const sampledFrom = Date.parse(samples[0]?.at ?? '');
  // Long before the samples a few generations would squeeze everything else.
  const earliest = toMs - Math.max(15 * MINUTE_MS, 4 * (toMs - sampledFrom));
  const generations = (history?.generations ?? []).slice(-GENERATIONS).filter(({ atMs }) => atMs <= toMs);
  const shown = generations.filter(({ atMs }) => atMs >= earliest);
  const fromMs = Math.min(sampledFrom, shown[0]?.atMs ?? sampledFrom);
  if (toMs <= fromMs) return null;
  const states = bandsOf(samples, toMs, (sample) => {
    const found = sample.groups.find((each) => each.group === group);
    if (found === undefined) return null;
    const state = found.state ?? 'unknown';
    const members = `${found.members.length} ${found.members.length === 1 ? 'member' : 'members'}`;
    return { text: `${state}, ${members}`, tone: STATE_TONES[state] ?? 'note' };
  });
  const rows: BandRow[] = [
    { name: 'state', bands: states },
    ...(generations.length === 0 ? [] : [{ name: 'generation', bands: generationBands(generations, fromMs, toMs) }]),
  ];
  const seen = history === undefined ? '' : ` ${history.generationsSeen} generations were seen.`;
  return figure(
    'State and generations',
    bandChart({
      id,
      title: `States and generations of ${group} over time`,
      says: `${states.map(({ says }) => says).join('; ')}.${seen}`,
      fromMs,
      toMs,
      rows,
    }),
  );
}

function generationBands(generations: GroupHistory['generations'], fromMs: number, toMs: number): Band[] {
  return generations.flatMap(({ generation, atMs, members }, index): Band[] => {
    const until = generations[index + 1]?.atMs ?? toMs;
    if (until < fromMs) return [];
    const size = members.length === 0 ? 'empty' : `${members.length} ${members.length === 1 ? 'member' : 'members'}`;
    return [
      {
        fromMs: Math.max(fromMs, atMs),
        toMs: until,
        text: `${generation}: ${size}`,
        tone: members.length === 0 ? 'bad' : index % 2 === 0 ? 'note' : 'none',
        says: `generation ${generation}, ${size}, from ${new Date(atMs).toISOString()}`,
      },
    ];
  });
}

/** Partitions whose ISR was not whole at some time, and the ISR of each over time; null where there was none. */
export function isrChart(recording: Recording, id: string): { chart: Markup | null; ailing: number } {
  const { samples } = recording;
  const ailing = new Set(
    samples.flatMap(({ topics }) =>
      topics.flatMap(({ topic, partitions }) =>
        partitions.filter(isAiling).map(({ partition }) => `${topic}-${partition}`),
      ),
    ),
  );
  const toMs = Date.parse(samples.at(-1)?.at ?? '');
  const fromMs = Date.parse(samples[0]?.at ?? '');
  if (ailing.size === 0 || toMs <= fromMs) return { chart: null, ailing: ailing.size };
  const rows = [...ailing].slice(0, ROWS).map((name): BandRow => {
    const bands = bandsOf(samples, toMs, (sample) => {
      for (const { topic, partitions, minIsr } of sample.topics) {
        const found = partitions.find(({ partition }) => `${topic}-${partition}` === name);
        if (found !== undefined) return isrState(found, minIsr ?? null);
      }
      return null;
    });
    return { name, bands };
  });
  const chart = figure(
    'ISR by partition',
    bandChart({
      id,
      title: 'In-sync replicas by partition over time',
      says: rows.map(({ name, bands }) => `${name}: ${bands.at(-1)?.text ?? 'not known'}`).join('; '),
      fromMs,
      toMs,
      rows,
    }),
    rows.length < ailing.size ? `${rows.length} of ${ailing.size} partitions` : null,
  );
  return { chart, ailing: ailing.size };
}

function isAiling({ leader, isr, replicas }: Partition): boolean {
  return leader === null || isr.length < replicas.length;
}

/** What a band of the ISR chart says of one moment. */
export function isrState(
  { leader, isr, replicas }: Pick<Partition, 'leader' | 'isr' | 'replicas'>,
  minIsr: number | null,
): { text: string; tone: BandTone } {
  if (leader === null) return { text: 'no leader', tone: 'bad' };
  const text = `${isr.length} of ${replicas.length} (${isr.join(',')})`;
  if (isr.length >= replicas.length) return { text, tone: 'good' };
  const under = minIsr !== null && isr.length < Math.min(minIsr, replicas.length);
  return { text: under ? `${text} under min ISR` : text, tone: under ? 'bad' : 'warn' };
}

/** What each sample shows, joined while it stays the same. */
function bandsOf(
  samples: readonly Snapshot[],
  toMs: number,
  look: (sample: Snapshot) => { text: string; tone: BandTone } | null,
): Band[] {
  const bands: { fromMs: number; toMs: number; text: string; tone: BandTone }[] = [];
  for (const [index, sample] of samples.entries()) {
    const fromMs = Date.parse(sample.at);
    const until = Date.parse(samples[index + 1]?.at ?? new Date(toMs).toISOString());
    const seen = look(sample);
    const last = bands.at(-1);
    if (seen === null || until <= fromMs) {
      // The newest sample is a moment: what it shows anew gets a narrow band.
      if (seen === null || last?.text === seen.text) continue;
      bands.push({ fromMs, toMs: fromMs, ...seen });
    } else if (last !== undefined && last.text === seen.text && last.toMs === fromMs) last.toMs = until;
    else bands.push({ fromMs, toMs: until, ...seen });
  }
  return bands.map((band) => ({ ...band, says: `${band.text} from ${new Date(band.fromMs).toISOString()}` }));
}

function picked(times: readonly number[]): number[] {
  return spread([...times.keys()], POINTS);
}

function isDrawable(times: readonly number[], lines: readonly (readonly (number | null)[])[]): boolean {
  return times.length > 1 && lines.some((line) => line.some((value) => value !== null));
}

const firstKnown = (values: readonly (number | null)[]): number | null =>
  values.find((value) => value !== null) ?? null;
const lastKnown = (values: readonly (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;
const said = (value: number | null): string => (value === null ? 'an unknown number' : compact(value));
