import { type Fate, type Hit, lost, mayPass, type RestartForecast } from '../health/can-restart.ts';
import { isDenied } from '../health/denied.ts';
import type { Next } from '../health/lag-report.ts';
import { escapeText } from './escape.ts';
import { plural } from './findings-view.ts';
import type { Sheet } from './sheet.ts';
import { numberText, type Style } from './style.ts';
import type { Tone } from './theme.ts';

/** Names that a line gives before it only counts. */
const NAMED = 6;

const TONES: Readonly<Record<Fate, Tone>> = {
  offline: 'bad',
  'data-loss': 'bad',
  'under-min-isr': 'bad',
  'no-spare': 'warn',
};

/** The answer, what speaks against it, and what to do. `except`: the topics that were left out, as typed. */
export function restartLines(
  forecast: RestartForecast,
  style: Style,
  except: readonly string[],
  hint: (next: Next) => string,
): string[] {
  const { brokers, safe, hits, groups, quorum, notRunning, silent, already, unknown, leadersMoved, problems } =
    forecast;
  const who = `broker${brokers.length === 1 ? '' : 's'} ${brokers.join(', ')}`;
  const head =
    safe === true
      ? style.theme('good', `✓ yes: stopping ${who} now takes nothing offline and nothing under min ISR`)
      : safe === false
        ? style.theme('bad', `✗ no: stopping ${who} now would`)
        : style.theme('warn', `! unknown: nothing speaks against stopping ${who}, but not everything could be read`);
  const lines = [head];
  const of = (fate: Fate): readonly Hit[] => hits.filter((hit) => hit.fate === fate);
  const say = (fate: Fate, words: (count: string) => string): void => {
    const found = of(fate);
    if (found.length > 0) lines.push(`  ${words(plural(found.length, 'partition', style))}: ${names(found, style)}`);
  };
  const offline = of('offline');
  if (offline.length > 0) {
    lines.push(`  take ${names(offline, style)} offline (nobody else could lead${risk(offline, style)})`);
  }
  const loss = of('data-loss');
  if (loss.length > 0) {
    lines.push(`  lose records of ${names(loss, style)} (one that lags would lead${risk(loss, style)})`);
  }
  say('under-min-isr', (count) => `put ${count} under min ISR, where acks=all producers fail`);
  if (quorum !== null && lost(quorum)) {
    lines.push(
      `  leave ${quorum.after} of ${quorum.voters} controllers, ${quorum.needed} are needed: no elections, no metadata changes`,
    );
  }
  say('no-spare', (count) => `leave ${count} one failure away from read-only or offline`);
  if (groups.length > 0) {
    const shown = groups.slice(0, NAMED).map(({ group }) => escapeText(group));
    const rest = groups.length > NAMED ? ` and ${numberText(groups.length - NAMED, style)} more` : '';
    lines.push(`  move ${plural(groups.length, 'group coordinator', style)}: ${shown.join(', ')}${rest}`);
  }
  if (leadersMoved > 0) lines.push(`  move ${plural(leadersMoved, 'leader', style)}`);
  for (const id of notRunning) lines.push(`  broker ${id} is not in the cluster now: stopping it changes nothing`);
  for (const id of silent) lines.push(`  broker ${id} does not answer: it is counted as lost already`);
  if (already.offline > 0) lines.push(`  already now: ${plural(already.offline, 'partition', style)} offline`);
  if (already.underMinIsr > 0)
    lines.push(`  already now: ${plural(already.underMinIsr, 'partition', style)} under min ISR`);
  if (unknown.length > 0) {
    lines.push(`  unknown: min.insync.replicas of ${plural(unknown.length, 'partition', style)} could not be read`);
  }
  // What could not be read is said below, with what it takes; that somebody may not read it does not pass.
  if (safe === false || (safe === null && !problems.some(isDenied)))
    lines.push(...whatToDo(forecast, style, except, hint));
  return lines;
}

/** Waiting, where that helps; what waiting does not change would keep it waiting for ever. */
function whatToDo(
  { brokers, hits, quorum }: RestartForecast,
  style: Style,
  except: readonly string[],
  hint: (next: Next) => string,
): string[] {
  if (quorum !== null && lost(quorum) && quorum.now === quorum.voters) {
    return [`waiting does not help: every controller is there, and ${quorum.needed} of ${quorum.voters} have to stay`];
  }
  const lasting = hits.filter((hit) => !mayPass(hit));
  const topics = [...new Set(lasting.map(({ topic }) => topic))];
  const flags = [...except, ...topics].flatMap((word) => ['--except', word]);
  const wait: Next = {
    command: ['wait', 'isr'],
    subject: null,
    options: ['--for', `can-restart=${brokers.join(',')}`, ...flags, '--timeout', '30m'],
  };
  if (lasting.length === 0) return [`wait until it is safe: ${hint(wait)}`];
  const [first = '', ...more] = brokers.map(String);
  const again: Next = { command: ['isr', 'can-restart'], subject: first, more, options: flags };
  const why = brokers.length > 1 ? 'so many at once' : 'a single one, or min.insync.replicas = replicas';
  const stuck = `waiting does not help ${names(lasting, style)}: complete, and without a replica to spare (${why})`;
  if (topics.length > NAMED) {
    return [
      stuck,
      `if these ${numberText(topics.length, style)} topics may fail for as long as it takes, leave them out with --except`,
    ];
  }
  return [
    stuck,
    (quorum !== null && lost(quorum)) || hits.some((hit) => hit.fate !== 'no-spare' && mayPass(hit))
      ? `for the rest, wait until it is safe: ${hint(wait)}`
      : `if they may fail for as long as it takes, leave them out: ${hint(again)}`,
  ];
}

function names(hits: readonly Hit[], style: Style): string {
  const shown = hits.slice(0, NAMED).map(({ topic, partition }) => `${escapeText(topic)}-${partition}`);
  return hits.length > NAMED
    ? `${shown.join(', ')} and ${numberText(hits.length - NAMED, style)} more`
    : shown.join(', ');
}

/** What is only on the stopped brokers, as far as it is known. */
function risk(hits: readonly Hit[], style: Style): string {
  // Where no replica is left alive nobody can be elected, and nothing is lost when they come back.
  const electable = hits.filter(({ others }) => others > 0);
  if (electable.length === 0) return '';
  const known = electable.flatMap(({ onlyThere }) => onlyThere ?? []);
  if (known.length === 0) return '; what would be lost is not known';
  const sum = known.reduce((total, value) => total + value, 0);
  const rest = known.length < electable.length ? ', not known of all' : '';
  return `; an unclean election would lose up to ${plural(sum, 'record', style)}${rest}`;
}

/** One row per partition that gets worse. */
export function restartSheet(hits: readonly Hit[]): Sheet {
  const ids = (list: readonly number[]): string => (list.length === 0 ? 'none' : list.join(','));
  return {
    columns: [
      { key: 'fate', header: 'BECOMES', kind: 'text', keep: 9, toned: true },
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'leader', header: 'LEADER', kind: 'text', keep: 5 },
      { key: 'leaderAfter', header: 'THEN', kind: 'text', keep: 5 },
      { key: 'isr', header: 'ISR', kind: 'text', keep: 7 },
      { key: 'isrAfter', header: 'ISR THEN', kind: 'text', keep: 8 },
      { key: 'effectiveMinIsr', header: 'MIN', kind: 'id', keep: 7 },
      { key: 'onlyThere', header: 'ONLY THERE', kind: 'count', keep: 3 },
    ],
    rows: hits.map((hit) => [
      hit.fate,
      hit.topic,
      hit.partition,
      hit.leader === null ? 'none' : String(hit.leader),
      hit.leaderAfter === null ? 'none' : String(hit.leaderAfter),
      ids(hit.isr),
      ids(hit.isrAfter),
      hit.effectiveMinIsr,
      hit.onlyThere,
    ]),
    tone: (at) => {
      const hit = hits[at];
      return hit === undefined ? null : TONES[hit.fate];
    },
  };
}
