import { type Condition, groupLagAtMost, groupsEmpty, groupsStable } from '../../../health/wait-condition.ts';
import { optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { isPattern } from '../../group-pattern.ts';
import type { waitGroup } from './descriptors.ts';
import { waitUntil } from './wait-until.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof waitGroup>(invocation);
  const names = [...new Set(invocation.args)];
  const pattern = names.find(isPattern);
  if (pattern !== undefined) throw usage(`${pattern}: waiting takes exact names, no patterns`);
  const { condition, offsets } = conditionOf(options.for, names);
  const { consecutive, interval, timeout } = options;
  const want = { members: true, ...(offsets ? { commits: true, offsets: true } : {}) };
  const waiting = {
    for: `group ${names.join(', ')} ${options.for}`,
    request: { groups: { names }, want },
    condition,
    consecutive,
    interval,
    timeout,
  };
  return waitUntil(waiting, invocation.globals, io, deps);
};

function conditionOf(text: string, names: readonly string[]): { condition: Condition; offsets: boolean } {
  if (text === 'empty') return { condition: groupsEmpty(names), offsets: false };
  if (text === 'stable') return { condition: groupsStable(names), offsets: false };
  const [, limit] = /^lag<?=(\d{1,15})$/.exec(text) ?? [];
  if (limit === undefined) throw usage(`--for ${text}: not a condition`, "lag=0, 'lag<=100', empty or stable");
  return { condition: groupLagAtMost(names, Number(limit)), offsets: true };
}
