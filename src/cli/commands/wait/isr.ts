import { brokersCanRestart, type Condition, isrHealthy } from '../../../health/wait-condition.ts';
import { optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import { topicFilter } from '../../topic-filter.ts';
import { brokerId } from '../isr/can-restart.ts';
import { REPLICATION } from '../isr/observe.ts';
import type { waitIsr } from './descriptors.ts';
import { waitUntil } from './wait-until.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof waitIsr>(invocation);
  const named = topicFilter(invocation.args) ?? (() => true);
  const except = topicFilter(options.except) ?? (() => false);
  const accept = (topic: string, partition: number): boolean => named(topic, partition) && !except(topic, partition);
  const condition = conditionOf(options.for, accept);
  const { consecutive, interval, timeout } = options;
  const waiting = {
    for: `isr ${options.for}`,
    request: { ...REPLICATION, filter: accept },
    condition,
    consecutive,
    interval,
    timeout,
  };
  return waitUntil(waiting, invocation.globals, io, deps);
};

function conditionOf(text: string, accept: (topic: string, partition: number) => boolean): Condition {
  if (text === 'healthy') return isrHealthy(accept);
  const [, list] = /^can-restart=(.+)$/.exec(text) ?? [];
  if (list === undefined) throw usage(`--for ${text}: not a condition`, 'healthy, or can-restart=2 (or 2,3)');
  return brokersCanRestart(list.split(',').map(brokerId), accept);
}
