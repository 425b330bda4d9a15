import { escapeInline, escapeText } from '../../../render/escape.ts';
import type { Style } from '../../../render/style.ts';
import type { BatchRow } from '../../../segments/batch-row.ts';
import { type FindResult, findOffset, findTime } from '../../../segments/find.ts';
import type { Finding } from '../../../segments/findings.ts';
import { type LocatedPartition, locate } from '../../../segments/locate.ts';
import { type ExitCode, type Invocation, optionsOf, type Run } from '../../command.ts';
import { usage } from '../../failure.ts';
import type { Io } from '../../io.ts';
import { present } from '../../present.ts';
import { bytesCell, bytesJson } from './bytes-text.ts';
import type { segmentsFind } from './descriptors.ts';
import { dump } from './dump.ts';
import { dumpError } from './dump-error.ts';
import type { DumpError } from './dump-sink.ts';
import { findingBlock, findingJson } from './finding-lines.ts';
import { isoTime } from './iso-time.ts';
import { instant } from './ranges.ts';

export const run: Run = async (invocation, io) => {
  const options = optionsOf<typeof segmentsFind>(invocation);
  const given = [options.offset, options.time, options.key, options.producer].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw usage('segments find looks for one thing', 'give --offset, --time, --key or --producer');
  if (options.key !== undefined || options.producer !== undefined) return findAll(invocation, io);
  const time = options.time === undefined ? null : instant(options.time, '--time', io.now());
  const located = locate(invocation.args);
  const errors: DumpError[] = located.problems.map(dumpError);
  const results: { readonly partition: LocatedPartition; readonly result: FindResult }[] = [];
  for (const partition of located.partitions) {
    const result = time === null ? findOffset(partition, options.offset ?? 0) : findTime(partition, time);
    results.push({ partition, result });
  }
  const findings = results.flatMap(({ result }) => result.findings);
  await present(
    {
      document: () => ({
        kind: 'segments-find',
        version: 1,
        at: new Date(io.now()).toISOString(),
        found: results.map(foundJson),
        errors,
      }),
      lines: () => results.map(foundJson),
      sheets: [sheet(results.filter(({ result }) => result.found !== null))],
      skipsEmpty: true,
      after: (style) => [
        ...missing(
          results,
          options.offset === undefined ? `the time ${options.time}` : `offset ${options.offset}`,
          style,
        ),
        ...findings.flatMap((found: Finding) => findingBlock(found, style)),
      ],
      problems: errors,
    },
    invocation.globals.output,
    io,
  );
  if (errors.length > 0) return results.length > 0 ? 5 : 2;
  return results.some(({ result }) => result.found !== null) ? 0 : 1;
};

/** Every record with a key, every batch of a producer: a dump with that filter. */
async function findAll(invocation: Invocation, io: Io): Promise<ExitCode> {
  const { key, producer, limit } = optionsOf<typeof segmentsFind>(invocation);
  const options = {
    ...DUMP_DEFAULTS,
    key,
    producer,
    limit,
    // Headers are enough to find a producer.
    noCrc: producer !== undefined,
  };
  const { exit, rows } = await dump({ ...invocation, options }, io);
  if (exit !== 0 || rows > 0) return exit;
  io.err(key === undefined ? `no batch of producer ${producer}\n` : `no record with the key ${escapeText(key)}\n`);
  return 1;
}

const DUMP_DEFAULTS = { files: [], keys: 'text', values: 'text', decoder: 'auto' } as const;

interface Located {
  readonly partition: LocatedPartition;
  readonly result: FindResult;
}

/** Where there is nothing at a place, or behind it. */
function missing(results: readonly Located[], place: string, style: Style): string[] {
  const [first, ...more] = results.filter(({ result }) => result.found === null);
  if (first === undefined) return [];
  const others =
    more.length === 0 ? '' : `, nor in ${more.length} other ${more.length === 1 ? 'partition' : 'partitions'}`;
  return [
    style.theme(
      'note',
      `no record at ${escapeInline(place)} or behind it in ${escapeInline(first.partition.directory)}${others}`,
    ),
  ];
}

function batchJson(batch: BatchRow) {
  return { ...batch, timestamp: isoTime(batch.timestamp), deleteHorizon: isoTime(batch.deleteHorizon) };
}

function foundJson({ partition, result }: Located) {
  const { found, bytesRead, findings } = result;
  return {
    directory: partition.directory,
    file: found?.file ?? null,
    position: found?.batch.position ?? null,
    batch: found === null ? null : batchJson(found.batch),
    record:
      found?.record == null
        ? null
        : {
            offset: found.record.offset,
            timestamp: isoTime(found.record.timestamp),
            key: bytesJson(found.record.key, 'text'),
            value: bytesJson(found.record.value, 'text'),
          },
    bytesRead,
    findings: findings.map(findingJson),
  };
}

function sheet(results: readonly Located[]) {
  return {
    columns: [
      { key: 'directory', header: 'DIRECTORY', kind: 'text', keep: 2, wide: true },
      { key: 'file', header: 'FILE', kind: 'text', keep: 9 },
      { key: 'position', header: 'BYTE', kind: 'count', keep: 9 },
      { key: 'base_offset', header: 'BATCH FROM', kind: 'count', keep: 7 },
      { key: 'last_offset', header: 'TO', kind: 'count', keep: 7 },
      { key: 'offset', header: 'OFFSET', kind: 'count', keep: 9 },
      { key: 'timestamp', header: 'TIMESTAMP', kind: 'text', keep: 8 },
      { key: 'key', header: 'KEY', kind: 'text', keep: 6 },
      { key: 'value_size', header: 'VALUE BYTES', kind: 'count', keep: 5 },
    ] as const,
    rows: results.map(({ partition, result: { found } }) => [
      partition.directory,
      found?.file ?? null,
      found?.batch.position ?? null,
      found?.batch.baseOffset ?? null,
      found?.batch.lastOffset ?? null,
      found?.record?.offset ?? null,
      isoTime(found?.record?.timestamp ?? null),
      bytesCell(found?.record?.key ?? null, 'text'),
      found?.record?.value?.length ?? null,
    ]),
  };
}
