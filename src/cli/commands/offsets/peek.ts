import { readAround } from '../../../offsets/around.ts';
import { type PeekDocument, type RecordDocument, recordDocument } from '../../../offsets/record-document.ts';
import { parseTopicScope } from '../../../offsets/scope.ts';
import { escapeInline } from '../../../render/escape.ts';
import { type ExitCode, optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { present } from '../../present.ts';
import type { offsetsPeek } from './descriptors.ts';
import { recordsSheet } from './records-view.ts';
import { explained, withSession } from './session.ts';

export const run = explained(async (invocation, io, deps) => {
  const { before, after, decode } = optionsOf<typeof offsetsPeek>(invocation);
  const { group, topic, partition } = onePartition(invocation.args);
  return withSession(invocation.globals, deps, async (session): Promise<ExitCode> => {
    const around = await readAround(session.client, group, { topic, partition }, { before, after });
    const { committed, start, end, gathered } = around;
    const records = [...around.before, ...around.after].map((record) =>
      recordDocument(topic, partition, record, decode),
    );
    const document: PeekDocument = {
      kind: 'records',
      version: 1,
      at: gathered.at,
      cluster: { id: gathered.clusterId },
      group,
      topic,
      partition,
      committed,
      start,
      end,
      records,
      errors: [],
    };
    await present(
      {
        document: () => document,
        lines: () => records,
        sheets: [recordsSheet(records, committed ?? start)],
        before: () => [`${escapeInline(`${group} in ${topic}-${partition}`)}: ${standing(document)}`],
        after: () => hole(records, document),
        problems: [],
      },
      invocation.globals.output,
      io,
    );
    return 0;
  });
});

/** `GROUP topic:partition`, as peek and skip take it. */
export function onePartition(args: readonly string[]): { group: string; topic: string; partition: number } {
  const [group, place, ...more] = args;
  if (group === undefined || place === undefined || more.length > 0) {
    throw usage('name a group and one partition', 'for example payments orders:2');
  }
  const { topic, partitions } = parseTopicScope(place);
  const [partition] = partitions ?? [];
  if (partition === undefined || partitions?.length !== 1)
    throw usage(`${place}: name one partition, as in ${topic}:0`);
  return { group, topic, partition };
}

function standing({ committed, start, end }: PeekDocument): string {
  const range = `log [${start}, ${end})`;
  if (committed === null) return `no commit, ${range}; from its start`;
  if (committed < start)
    return `committed ${committed} is ${start - committed} before the ${range}: they were deleted unread`;
  if (committed > end) return `committed ${committed} is beyond the ${range}: it was truncated or recreated`;
  return committed === end
    ? `committed ${committed}, the end of the ${range}: nothing is unread`
    : `committed ${committed}, ${range}`;
}

function hole(records: readonly RecordDocument[], { committed, start, end }: PeekDocument): string[] {
  const position = committed ?? start;
  const next = records.find(({ offset }) => offset >= position);
  if (position >= end || position < start || next === undefined || next.offset === position) return [];
  return [`no record at ${position} (compacted, or a transaction's marker): reading goes on at ${next.offset}`];
}
