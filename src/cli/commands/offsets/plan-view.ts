import { countText } from '../../../health/count-text.ts';
import { spanText } from '../../../health/span-text.ts';
import { membersText } from '../../../offsets/members-text.ts';
import type { Change, GroupPlan, Plan } from '../../../offsets/plan.ts';
import { bytesText } from '../../../render/bytes.ts';
import { escapeInline } from '../../../render/escape.ts';
import type { CellValue, Sheet } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';

/** One row per partition; groups have their column only where there are several. */
export function planSheet(plan: Plan): Sheet {
  const several = plan.groups.length > 1;
  const rows = plan.groups.flatMap(({ group, changes }) => changes.map((change) => ({ group, change })));
  const day = plan.at.slice(0, 10);
  return {
    columns: [
      ...(several ? [{ key: 'group', header: 'GROUP', kind: 'text', keep: 9 } as const] : []),
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'committed', header: 'COMMITTED', kind: 'count', keep: 8 },
      { key: 'committedAt', header: 'AT', kind: 'text', keep: 3 },
      { key: 'target', header: '→ TARGET', kind: 'count', keep: 9, toned: true },
      { key: 'targetAt', header: 'AT', kind: 'text', keep: 4 },
      { key: 'delta', header: 'DELTA', kind: 'count', keep: 6 },
      { key: 'start', header: 'START', kind: 'count', keep: 5 },
      { key: 'end', header: 'END', kind: 'count', keep: 5 },
      { key: 'note', header: 'NOTE', kind: 'text', keep: 7, toned: true },
      { key: 'reason', header: 'REASON', kind: 'text', keep: 1, wide: true },
    ],
    rows: rows.map(({ group, change }): CellValue[] => [
      ...(several ? [group] : []),
      change.topic,
      change.partition,
      change.committed,
      clockText(change.committedAt, day),
      change.target,
      clockText(change.targetAt, day),
      change.delta,
      change.start,
      change.end,
      noteOf(change),
      change.error === null ? change.reason : `${change.error.name}: ${change.error.message}`,
    ]),
    tone: (at) => {
      const change = rows[at]?.change;
      if (change === undefined) return null;
      if (change.error !== null) return 'bad';
      return change.skipped > 0 || change.clamped !== null ? 'warn' : null;
    },
  };
}

/** Two words at most: what there is more to say is said below the table, and in the reason of the documents. */
function noteOf({ clamped, error, committed, target, skipped }: Change): string | null {
  if (error !== null) return 'unresolved';
  if (clamped !== null) return `clamped: ${clamped}`;
  if (skipped > 0) return 'skips unread';
  if (target === null) return committed === null ? 'nothing there' : 'removed';
  return committed === null ? 'new' : null;
}

const REASONS_AT_MOST = 20;

/** Why partitions go where they go, each reason once with the partitions that share it. */
function reasonLines(plan: Plan, style: Style): string[] {
  const several = plan.groups.length > 1;
  const reasons = new Map<string, { partitions: string[]; bad: boolean }>();
  for (const { group, changes } of plan.groups) {
    for (const { topic, partition, error, reason } of changes) {
      const text = error === null ? reason : `${error.name}: ${error.message}`;
      if (text === null) continue;
      const name = `${several ? `${group} ` : ''}${topic}-${partition}`;
      const known = reasons.get(text);
      if (known) known.partitions.push(name);
      else reasons.set(text, { partitions: [name], bad: error !== null });
    }
  }
  const lines = [...reasons].slice(0, REASONS_AT_MOST).map(([text, { partitions, bad }]) => {
    const more = partitions.length > 4 ? ` and ${partitions.length - 4} more` : '';
    const line = escapeInline(`${partitions.slice(0, 4).join(', ')}${more}: ${text}`);
    return bad ? style.theme('bad', `✗ ${line}`) : `  ${line}`;
  });
  const left = reasons.size - REASONS_AT_MOST;
  return left > 0 ? [...lines, `  and ${left} more reasons (-o json has all)`] : lines;
}

/** What stands above the table: the group, its state and what that means, the target as it was read, warnings. */
export function planHeading(plan: Plan, cluster: string, style: Style): string[] {
  const where = `${cluster}${plan.cluster.id === null ? '' : ` (cluster ${plan.cluster.id})`}`;
  const lines = plan.groups.map(
    (group) => `PLAN  ${style.theme('strong', escapeInline(group.group))} @ ${where}  ${stateText(group)}`,
  );
  lines.push(`      target: ${escapeInline(plan.target.meaning)}`);
  for (const note of plan.target.notes) lines.push(`      note: ${escapeInline(note)}`);
  for (const { group, owner, notes, problem } of plan.groups) {
    const name = plan.groups.length > 1 ? `${escapeInline(group)}: ` : '';
    if (problem !== null)
      lines.push(style.theme('bad', `✗ ${name}${escapeInline(`${problem.name}: ${problem.message}`)}`));
    if (owner !== null) {
      const likely = owner.certainty === 'certain' ? 'belongs to' : 'looks like it belongs to';
      lines.push(style.theme('warn', `! ${escapeInline(`${group} ${likely} ${owner.system} (${owner.why})`)}`));
      lines.push(`  ${owner.tool}`);
    }
    for (const note of notes) lines.push(`  ${name}${escapeInline(note)}`);
  }
  return lines;
}

function stateText({ state, members, exists }: GroupPlan): string {
  if (!exists) return 'no such group yet';
  if (members.length === 0) return `state ${state ?? 'unknown'}`;
  return `state ${state ?? 'unknown'}, ${countText(members.length, 'member')} → --execute will refuse until it is empty`;
}

/** What stands below the table: the sums, and the commands that apply and undo. */
export function planFooter(plan: Plan, command: string, undo: string, style: Style): string[] {
  const lines = reasonLines(plan, style);
  for (const group of plan.groups) {
    const text = totalsText(group, style);
    if (text !== null) lines.push(plan.groups.length > 1 ? `${escapeInline(group.group)}: ${text}` : text);
  }
  const live = plan.groups.filter(({ members }) => members.length > 0);
  const movable = plan.groups.some(({ problem, totals }) => problem === null && totals.partitions > totals.unresolved);
  if (!movable) return lines;
  lines.push('');
  if (live.length === 0) lines.push(`apply:  ${command}`);
  else {
    const [first] = live;
    const whom =
      live.length === 1 && first !== undefined
        ? `${memberCount(first)} (${membersText(first.members)})`
        : 'the members';
    lines.push(`apply:  stop ${escapeInline(whom)}, then`, `        ${command} --wait-empty 60s`);
  }
  lines.push(`undo:   ${undo}       (every apply is journalled first)`);
  return lines;
}

function memberCount({ members }: GroupPlan): string {
  return members.length === 1 ? 'the member' : `the ${members.length} members`;
}

function totalsText({ totals, changes }: GroupPlan, style: Style): string | null {
  if (changes.length === 0) return null;
  const parts: string[] = [];
  const { replayed, skipped, bytes, unresolved, unchanged, ratePerSecond, catchUpMs } = totals;
  if (replayed > 0) {
    const size = bytes === null ? 'size unknown' : `≈ ${bytesText(bytes)}`;
    parts.push(`read again ${recordsText(replayed, style)} (${size})`);
  }
  if (skipped > 0) parts.push(`skipped unread ${recordsText(skipped, style)}`);
  if (catchUpMs !== null && ratePerSecond !== null) {
    parts.push(`caught up in about ${spanText(catchUpMs)} at ${numberText(Math.round(ratePerSecond), style)}/s`);
  } else if (ratePerSecond !== null) parts.push('nothing was consumed while measuring');
  if (unchanged === changes.length) parts.push('nothing moves');
  if (unresolved > 0)
    parts.push(style.theme('bad', `${unresolved} of ${changes.length} partitions cannot be resolved`));
  return parts.length === 0
    ? `${changes.length} ${changes.length === 1 ? 'partition' : 'partitions'}`
    : parts.join(' · ');
}

function recordsText(count: number, style: Style): string {
  return `${numberText(count, style)} ${count === 1 ? 'record' : 'records'}`;
}

/** A UTC time: `14:15:00Z` on the day that is looked at, with the date on others. Null stays null. */
function clockText(at: string | null, day: string): string | null {
  if (at === null) return null;
  const short = at.replace(/\.\d+Z$/, 'Z');
  return short.startsWith(day) ? short.slice(11) : short.replace('T', ' ');
}
