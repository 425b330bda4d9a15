import type { Snapshot } from '../../../cluster/snapshot.ts';
import { type BlastTarget, clusterDocument } from '../../../health/cluster-report.ts';
import {
  biggestSheet,
  blastGroupsSheet,
  blastTopicsSheet,
  brokersSheet,
  clusterLines,
  quorumLine,
  quorumSheet,
} from '../../../render/cluster-view.ts';
import { effortText } from '../../../render/findings-view.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { optionsOf, type Run } from '../../command.ts';
import { exitForProblems } from '../../errors.ts';
import { Failure, usage } from '../../failure.ts';
import { otherTopics } from '../../missing-topics.ts';
import { present } from '../../present.ts';
import { openSource } from '../../source.ts';
import { brokerId, requireKnown } from '../isr/can-restart.ts';
import type { cluster } from './descriptors.ts';

export const run: Run = async (invocation, io, deps) => {
  const options = optionsOf<typeof cluster>(invocation);
  const { globals } = invocation;
  const target = targetOf(options.blastRadius);
  const { show } = options;
  if (target === null && (show === 'topics' || show === 'groups')) throw usage(`--show ${show} needs --blast-radius`);
  const source = await openSource(globals, deps);
  try {
    const snapshot = await source.observe({
      groups: target === null ? 'none' : 'all',
      topics: 'all',
      want: { replication: true, logDirs: true, ...(target === null ? {} : { members: true, commits: true }) },
    });
    if (target !== null) requireTarget(target, snapshot);
    const document = clusterDocument(snapshot, options.biggest, target);
    const style = { human: io.outIsTty };
    const radius = document.blastRadius;
    const sheets: Readonly<Record<Exclude<typeof show, 'all'>, () => Sheet[]>> = {
      brokers: () => [brokersSheet(document.brokers, style)],
      quorum: () => (document.quorum === null && show === 'all' ? [] : [quorumSheet(document)]),
      biggest: () => (document.biggest.length === 0 && show === 'all' ? [] : [biggestSheet(document.biggest, style)]),
      topics: () => (radius === null ? [] : [blastTopicsSheet(radius)]),
      groups: () => (radius === null ? [] : [blastGroupsSheet(radius)]),
    };
    const shown =
      show !== 'all'
        ? [show]
        : radius === null
          ? (['brokers', 'quorum', 'biggest'] as const)
          : (['topics', 'groups'] as const);
    await present(
      {
        document: () => document,
        lines: () => document.brokers.map((broker) => ({ at: document.at, ...broker })),
        sheets: shown.flatMap((name) => sheets[name]()),
        before: (each) => clusterLines(document, each),
        after: (each) => {
          const quorum = quorumLine(document);
          return [each.theme('muted', [...(quorum === null ? [] : [quorum]), effortText(snapshot)].join(' · '))];
        },
        problems: document.errors,
      },
      globals.output,
      io,
    );
    return exitForProblems(
      document.errors,
      snapshot.brokers.some(({ problem }) => problem === null),
    );
  } finally {
    await source.close();
  }
};

function targetOf(text: string | undefined): BlastTarget | null {
  if (text === undefined) return null;
  const [, kind, name = ''] = /^(broker|topic):(.+)$/s.exec(text) ?? [];
  if (kind === undefined) throw usage(`--blast-radius ${text}: neither broker:N nor topic:T`);
  return kind === 'broker' ? { broker: brokerId(name) } : { topic: name };
}

function requireTarget(target: BlastTarget, snapshot: Snapshot): void {
  if ('broker' in target) {
    requireKnown([target.broker], snapshot);
    return;
  }
  const { topic } = target;
  if (snapshot.topics.some((each) => each.topic === topic)) return;
  const names = snapshot.topics.map((each) => each.topic);
  throw new Failure({
    name: 'UNKNOWN_TOPIC_OR_PARTITION',
    message: `there is no topic ${topic}`,
    advice: otherTopics(topic, names),
    scope: `topic ${topic}`,
    exit: 1,
  });
}
