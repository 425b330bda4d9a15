import type { Snapshot } from '../../../cluster/snapshot.ts';
import { brokersCanRestart, type Condition, isrHealthy } from '../../../health/wait-condition.ts';
import { optionsOf, type Run } from '../../command.ts';
import { Failure, usage } from '../../failure.ts';
import { missingTopics } from '../../missing-topics.ts';
import { topicFilter } from '../../topic-filter.ts';
import { brokerId, requireKnown } from '../isr/can-restart.ts';
import { REPLICATION } from '../isr/observe.ts';
import type { waitIsr } from './descriptors.ts';
import { waitUntil } from './wait-until.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof waitIsr>(invocation);
  const named = topicFilter(invocation.args) ?? (() => true);
  const except = topicFilter(options.except) ?? (() => false);
  const accept = (topic: string, partition: number): boolean => named(topic, partition) && !except(topic, partition);
  const brokers = brokersOf(options.for);
  const holds = brokers === null ? isrHealthy(accept) : brokersCanRestart(brokers, accept);
  const condition: Condition = (snapshot) => {
    refuseUnknown(invocation.args, snapshot);
    requireKnown(brokers ?? [], snapshot);
    return holds(snapshot);
  };
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

/** Where nothing is called that way, nothing is ever wrong with it: a mistyped topic must not open the gate. */
function refuseUnknown(words: readonly string[], { topics, problems }: Snapshot): void {
  const [missing] = missingTopics(words, topics);
  if (missing === undefined || problems.length > 0) return;
  throw new Failure({ ...missing, exit: 1 });
}

/** The brokers of `can-restart=2,3`; null: healthy. */
function brokersOf(text: string): readonly number[] | null {
  if (text === 'healthy') return null;
  const [, list] = /^can-restart=(.+)$/.exec(text) ?? [];
  if (list === undefined) throw usage(`--for ${text}: not a condition`, 'healthy, or can-restart=2 (or 2,3)');
  return list.split(',').map(brokerId);
}
