import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { countText } from '../../../health/count-text.ts';
import { readAround } from '../../../offsets/around.ts';
import { OffsetsError } from '../../../offsets/error.ts';
import { keepInFile, keepInTopic } from '../../../offsets/keep-records.ts';
import { makePlan } from '../../../offsets/make-plan.ts';
import type { Plan } from '../../../offsets/plan.ts';
import { recordDocument } from '../../../offsets/record-document.ts';
import { renderTable } from '../../../render/table.ts';
import { optionsOf } from '../../command.ts';
import { usage } from '../../failure.ts';
import { styleOf } from '../../io.ts';
import { showOrApply } from './carry-out.ts';
import { offsetsSkip } from './descriptors.ts';
import { onePartition } from './peek.ts';
import { recordsSheet } from './records-view.ts';
import { explained, type Session, who, withSession } from './session.ts';

type Skipped = Awaited<ReturnType<typeof readAround>>['after'];

export const run = explained(async (invocation, io, deps) => {
  const options = optionsOf<typeof offsetsSkip>(invocation);
  const { toFile, toTopic, note } = options;
  const place = onePartition(invocation.args);
  if (toFile !== undefined && toTopic !== undefined) throw usage('--to-file and --to-topic exclude one another');
  if (options.execute && toFile === undefined && toTopic === undefined) {
    throw usage(
      'where are the skipped records kept? give --to-file or --to-topic',
      `for example --to-file ${keepFile(place)}`,
    );
  }
  if (toFile !== undefined && existsSync(toFile)) throw usage(`${toFile} exists already`);
  return withSession(invocation.globals, deps, async (session) => {
    let skipped: Skipped = [];
    const make = async (): Promise<Plan> => {
      const made = await planSkip(session, place, options.count);
      skipped = made.skipped;
      return made.plan;
    };
    const prepare = async (): Promise<void> => {
      const origin = { ...place, note };
      if (toFile !== undefined) {
        keepInFile(toFile, skipped, origin);
        io.err(`kept ${countText(skipped.length, 'record')} in ${resolve(toFile)}\n`);
      } else if (toTopic !== undefined) {
        const { partition, offset } = await keepInTopic(session.client, toTopic, skipped, origin);
        io.err(`kept ${countText(skipped.length, 'record')} in ${toTopic}-${partition} from offset ${offset} on\n`);
      }
    };
    const show = async (): Promise<Plan> => {
      const plan = await make();
      const { topic, partition } = place;
      const sheet = recordsSheet(
        skipped.slice(0, 20).map((record) => recordDocument(topic, partition, record, 'auto')),
        skipped[0]?.offset ?? 0,
      );
      if (!options.execute) io.err(renderTable(sheet, await styleOf(io, false)).text);
      return plan;
    };
    const more = toFile === undefined && toTopic === undefined ? ['--to-file', keepFile(place)] : [];
    const making = { session, invocation, command: offsetsSkip, io, pattern: false, prepare, more };
    return showOrApply(show, options, making);
  });
});

/** A file that nobody has to think of a name for. */
function keepFile({ topic, partition }: ReturnType<typeof onePartition>): string {
  return `skipped-${topic}-${partition}.ndjson`;
}

/** The records from the committed offset on, and the plan that goes behind the last of them. */
async function planSkip(
  { client }: Session,
  { group, topic, partition }: ReturnType<typeof onePartition>,
  count: number,
): Promise<{ plan: Plan; skipped: Skipped }> {
  const {
    after: skipped,
    committed,
    end,
  } = await readAround(client, group, { topic, partition }, { before: 0, after: count });
  if (committed === null) {
    throw new OffsetsError(
      'REFUSED',
      `${group} has no commit in ${topic}-${partition}: what would it skip?`,
      'kmedic offsets seek sets a position',
    );
  }
  const last = skipped.at(-1);
  if (last === undefined) {
    throw new OffsetsError(
      'REFUSED',
      `${group} has nothing unread in ${topic}-${partition}: it stands at ${committed}, the end is ${end}`,
    );
  }
  const offsets = skipped.length === 1 ? `record ${last.offset}` : `${skipped.length} records up to ${last.offset}`;
  const plan = await makePlan(client, {
    action: 'skip',
    groups: { names: [group] },
    scope: [{ topic, partitions: [partition] }],
    aim: {
      kind: 'each',
      text: `skip ${skipped.length}`,
      meaning: `behind ${offsets}`,
      wishes: [
        {
          group,
          topic,
          partition,
          target: { kind: 'offset', offset: last.offset + 1 },
          reason: `steps over ${offsets}`,
        },
      ],
    },
    measureMs: 0,
    by: who(),
  });
  return { plan, skipped };
}
