import type { Snapshot } from '../../../cluster/snapshot.ts';
import { forecastRestart } from '../../../health/can-restart.ts';
import { restartDocument } from '../../../health/isr-document.ts';
import { effortText } from '../../../render/findings-view.ts';
import { restartLines, restartSheet } from '../../../render/restart-view.ts';
import { optionsOf, type Run } from '../../command.ts';
import { Failure, usage } from '../../failure.ts';
import { hintLine } from '../../hint.ts';
import { present } from '../../present.ts';
import { openSource } from '../../source.ts';
import { topicFilter } from '../../topic-filter.ts';
import type { isrCanRestart } from './descriptors.ts';
import { REPLICATION } from './observe.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof isrCanRestart>(invocation);
  const { globals } = invocation;
  const brokers = [...new Set(invocation.args.map(brokerId))];
  const except = topicFilter(options.except);
  const source = await openSource(globals, deps);
  try {
    // Groups are only listed: whoever lists a group coordinates it.
    const snapshot = await source.observe({ ...REPLICATION, groups: 'all' });
    requireKnown(brokers, snapshot);
    const forecast = forecastRestart(
      snapshot,
      brokers,
      except === undefined ? undefined : (topic, partition) => !except(topic, partition),
    );
    const document = restartDocument(forecast);
    await present(
      {
        document: () => document,
        lines: () => document.hits.map((hit) => ({ at: document.at, ...hit })),
        sheets: [restartSheet(forecast.hits)],
        skipsEmpty: true,
        rest: (at) => `the worst of them ${forecast.hits[at]?.fate}`,
        before: (style) =>
          restartLines(forecast, style, options.except, (next) => hintLine(next, source.live ? source.reach : [])),
        after: (style) => [style.theme('muted', effortText(snapshot))],
        problems: forecast.problems,
      },
      globals.output,
      io,
    );
    return forecast.safe === null ? 5 : forecast.safe ? 0 : 1;
  } finally {
    await source.close();
  }
};

/** A broker's id as it was typed. */
export function brokerId(word: string): number {
  if (!/^\d{1,9}$/.test(word))
    throw usage(`${word}: not the id of a broker`, 'ids are numbers: kmedic cluster lists them');
  return Number(word);
}

/** Refuses brokers that nobody has ever heard of: a mistyped id must not look safe. */
export function requireKnown(brokers: readonly number[], snapshot: Snapshot): void {
  const known = new Set([
    ...snapshot.brokers.map(({ id }) => id),
    ...(snapshot.fenced ?? []).map(({ id }) => id),
    ...(snapshot.quorum?.replicas ?? []).map(({ id }) => id),
    ...snapshot.topics.flatMap(({ partitions }) => partitions.flatMap(({ replicas }) => replicas)),
  ]);
  const strange = brokers.find((id) => !known.has(id));
  if (strange === undefined) return;
  throw new Failure({
    name: 'BROKER_NOT_FOUND',
    message: `there is no broker ${strange}`,
    advice: `brokers: ${[...known].sort((a, b) => a - b).join(', ')}`,
    scope: `broker ${strange}`,
    exit: 1,
  });
}
