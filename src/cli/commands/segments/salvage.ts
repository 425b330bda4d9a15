import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { escapeInline } from '../../../render/escape.ts';
import type { Sheet } from '../../../render/sheet.ts';
import { numberText, type Style } from '../../../render/style.ts';
import { type LocatedPartition, locate } from '../../../segments/locate.ts';
import { DestinationError, type SalvageResult, salvagePartition, salvageTarget } from '../../../segments/salvage.ts';
import type { Run } from '../../command.ts';
import { Failure, usage } from '../../failure.ts';
import { present } from '../../present.ts';
import { dumpError } from './dump-error.ts';
import { findingJson, findingLine } from './finding-lines.ts';
import { logBytes } from './log-bytes.ts';
import { ByteProgress, breathe } from './progress.ts';
import { sizeText } from './size-text.ts';

interface Salvaged {
  readonly partition: LocatedPartition;
  readonly target: string;
  readonly result: SalvageResult;
}

export const run: Run = async (invocation, io) => {
  const [source, destination, ...more] = invocation.args;
  if (source === undefined || destination === undefined || more.length > 0) {
    throw usage('segments salvage copies from one directory to a new one', 'kmedic segments salvage SRC DST');
  }
  refuseUnsafe(source, destination);
  const located = locate([source]);
  const problems = located.problems.map(dumpError);
  const several = located.partitions.length > 1;
  const done: Salvaged[] = [];
  const progress = new ByteProgress(io, logBytes(located.partitions));
  let before = 0;
  for (const partition of located.partitions) {
    if (io.interrupted.aborted) break;
    const target = salvageTarget(destination, partition, several);
    const pause = async (bytes: number): Promise<boolean> => {
      progress.update(before + bytes);
      await breathe();
      return !io.interrupted.aborted;
    };
    const result = await salvagePartition(partition, target, pause).catch((error: unknown) => {
      progress.end();
      throw error instanceof DestinationError ? unwritable(error, destination) : error;
    });
    before += logBytes([partition]);
    done.push({ partition, target, result });
  }
  progress.end();
  await present(
    {
      document: () => ({
        kind: 'segments-salvage',
        version: 1,
        at: new Date(io.now()).toISOString(),
        partitions: done.map(json),
        errors: problems,
      }),
      lines: () => done.map(json),
      sheets: [lostSheet(done)],
      skipsEmpty: true,
      before: (style) => done.flatMap((each) => summary(each, style)),
      after: (style) => done.flatMap(({ result }) => result.findings.map((found) => findingLine(found, style))),
      problems,
    },
    invocation.globals.output,
    io,
  );
  if (io.interrupted.aborted) return 130;
  if (problems.length > 0) return done.length > 0 ? 5 : 2;
  return done.some(({ result }) => result.lost.length > 0 || result.findings.length > 0) ? 5 : 0;
};

function unwritable({ message }: DestinationError, destination: string): Failure {
  const begun = existsSync(destination);
  return new Failure({
    name: 'DESTINATION_NOT_WRITABLE',
    message,
    advice: begun
      ? `the source is as it was; remove ${destination}, and choose a place with room and permission`
      : 'nothing was written; choose a directory that can be made',
    scope: 'file',
    exit: begun ? 5 : 4,
  });
}

/** Never in place, never over something. */
function refuseUnsafe(source: string, destination: string): void {
  if (existsSync(destination) && (!statSync(destination).isDirectory() || readdirSync(destination).length > 0)) {
    throw new Failure({
      name: 'DESTINATION_NOT_EMPTY',
      message: `${destination}: is no empty directory`,
      advice: 'choose a directory that does not exist yet; nothing was written',
      scope: 'file',
      exit: 4,
    });
  }
  if (!existsSync(source)) return;
  if (`${realPath(destination)}/`.startsWith(`${realpathSync(source)}/`)) {
    throw new Failure({
      name: 'DESTINATION_INSIDE_SOURCE',
      message: `${destination}: lies within ${source}`,
      advice: 'choose a directory elsewhere; nothing was written',
      scope: 'file',
      exit: 4,
    });
  }
}

/** Where a path will lie, links followed as far as it exists. */
function realPath(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
}

function json({ partition, target, result }: Salvaged) {
  return { directory: partition.directory, target, ...result, findings: result.findings.map(findingJson) };
}

function summary({ partition, target, result }: Salvaged, style: Style): string[] {
  const n = (value: number): string => numberText(value, style);
  const whole = result.lost.length === 0 && result.findings.length === 0;
  const sign = whole ? style.theme('good', '✓') : style.theme('warn', '!');
  const range =
    result.firstOffset === null ? 'nothing' : `offsets ${n(result.firstOffset)}–${n(result.lastOffset ?? 0)}`;
  const lines = [
    `${sign} ${escapeInline(partition.directory)} → ${escapeInline(target)}: ${range}, ${n(result.batches)} ${result.batches === 1 ? 'batch' : 'batches'}, ${sizeText(result.bytes, true)} in ${n(result.segments)} ${result.segments === 1 ? 'segment' : 'segments'}`,
  ];
  for (const { from, to } of result.lost) {
    lines.push(
      `  lost: ${to === null ? `everything from offset ${n(from)} on` : `offsets ${n(from)}–${n(to)} (${n(to - from + 1)})`}`,
    );
  }
  lines.push(`  next: kmedic segments verify ${escapeInline(target)}`);
  return lines;
}

function lostSheet(done: readonly Salvaged[]): Sheet {
  return {
    columns: [
      { key: 'directory', header: 'DIRECTORY', kind: 'text', keep: 9 },
      { key: 'lost_from', header: 'LOST FROM', kind: 'count', keep: 9 },
      { key: 'lost_to', header: 'LOST TO', kind: 'count', keep: 9 },
      { key: 'file', header: 'FILE', kind: 'text', keep: 5 },
    ],
    rows: done.flatMap(({ partition, result }) =>
      result.lost.map(({ file, from, to }) => [partition.directory, from, to, file]),
    ),
  };
}
