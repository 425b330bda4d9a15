import type { Decoder } from '../../../segments/decode/decoders.ts';
import type { KafkaRecord } from '../../../segments/dump-log.ts';
import { type BatchView, dumpLog, isControlBatch, type LogVisitor } from '../../../segments/dump-log.ts';
import { readSideFile } from '../../../segments/dump-side-file.ts';
import type { DecoderName } from '../../../segments/file-kind.ts';
import { positionBefore } from '../../../segments/index-lookup.ts';
import { type LocatedFile, locate } from '../../../segments/locate.ts';
import { SIDE_FILE_LIMIT } from '../../../segments/side-files.ts';
import { type ByteSource, openSource, readSmallFile, SourceError, upTo } from '../../../segments/source.ts';
import { type ExitCode, type Invocation, optionsOf, type Run } from '../../command.ts';
import type { Io } from '../../io.ts';
import type { segmentsDump } from './descriptors.ts';
import { dumpError } from './dump-error.ts';
import { type DumpPlan, dumpPlan } from './dump-plan.ts';
import type { DumpError, DumpSink } from './dump-sink.ts';
import { Gate } from './gate.ts';
import { openSink } from './open-sink.ts';
import { PacedOutput } from './paced-output.ts';
import { ByteProgress, breathe } from './progress.ts';
import { givenPaths, sinkNaming } from './stdin-file.ts';
import { tuneEngine } from './tune-engine.ts';

/** A damaged index may hold millions of entries. */
const ENTRIES_AT_A_TIME = 4096;
const NO_BATCHES = { batches: null, records: null, firstOffset: null, lastOffset: null };

export const run: Run = async (invocation, io) => (await dump(invocation, io)).exit;

/** A dump, and how many rows it showed. */
export async function dump(
  invocation: Invocation,
  io: Io,
): Promise<{ readonly exit: ExitCode; readonly rows: number }> {
  tuneEngine();
  const plan = dumpPlan(invocation.args, optionsOf<typeof segmentsDump>(invocation), io.now());
  const { paths, stdin, remove } = givenPaths(plan.paths);
  try {
    const located = locate(paths);
    const files = chosen(located.roots, located.partitions, plan);
    const errors: DumpError[] = located.problems.map(dumpError);
    const out = new PacedOutput(io);
    const opened = await openSink(plan, invocation.globals.output, { ...io, out: out.write, err: out.complain });
    const sink = stdin === null ? opened : sinkNaming(opened, stdin);
    const walk = new Dump(plan, files, errors, sink, io, out);
    await walk.run();
    sink.close(errors);
    return { exit: walk.exitCode, rows: walk.rows };
  } finally {
    remove();
  }
}

interface Place {
  readonly files: readonly LocatedFile[];
  readonly complete?: boolean;
}

/** Of a directory the logs, and the rest where it is wanted, or the indexes where they alone are; of what was named one by one, all. */
function chosen(roots: readonly Place[], partitions: readonly Place[], plan: DumpPlan): LocatedFile[] {
  const { sideFiles } = plan;
  const live = (file: LocatedFile): boolean => file.kind.state === 'live' && (isIndex(file) || isLogLike(file));
  const main = (file: LocatedFile): boolean => live(file) && isIndex(file) === (plan.indexes !== 'entries');
  const wanted = (file: LocatedFile): boolean => main(file) || (sideFiles && file.kind.type !== 'unknown');
  return [
    ...(sideFiles ? roots.flatMap(({ files }) => files) : []),
    ...partitions.flatMap(({ files, complete }) => (complete === true ? files.filter(wanted) : files)),
  ];
}

class Dump {
  readonly #plan: DumpPlan;
  readonly #files: readonly LocatedFile[];
  readonly #errors: DumpError[];
  readonly #sink: DumpSink;
  readonly #io: Io;
  readonly #out: PacedOutput;
  #read = 0;
  #corrupt = false;
  rows = 0;

  constructor(
    plan: DumpPlan,
    files: readonly LocatedFile[],
    errors: DumpError[],
    sink: DumpSink,
    io: Io,
    out: PacedOutput,
  ) {
    this.#plan = plan;
    this.#files = files;
    this.#errors = errors;
    this.#sink = sink;
    this.#io = io;
    this.#out = out;
  }

  /** 1 where something is corrupt; 2 where nothing could be read, 5 where only a part could. */
  get exitCode(): ExitCode {
    if (this.#io.interrupted.aborted) return 130;
    if (this.#errors.length > 0) return this.#read > 0 ? 5 : 2;
    return this.#corrupt ? 1 : 0;
  }

  async run(): Promise<void> {
    const { tail, limit } = this.#plan;
    // The last n rows are found by counting all of them first, so that memory does not depend on n.
    const skip = tail === null ? 0 : Math.max(0, (await this.#count()) - tail);
    const gate = new Gate(skip, limit ?? tail ?? Number.POSITIVE_INFINITY);
    for (const file of this.#files) {
      if (gate.closed || this.#io.interrupted.aborted) break;
      await this.#dumpFile(file, gate);
    }
    this.rows = gate.passed;
  }

  async #count(): Promise<number> {
    let rows = 0;
    const count = (): boolean => {
      rows++;
      return true;
    };
    const visitor: LogVisitor = {
      ...(this.#plan.what === 'batches' ? { batch: count } : { record: count }),
      finding: () => undefined,
    };
    for (const file of this.#files.filter(isLogLike)) {
      await this.#withSource(file, [], (source) => this.#scan(file, source, visitor));
    }
    return rows;
  }

  async #dumpFile(file: LocatedFile, gate: Gate): Promise<void> {
    const { path, kind } = file;
    await this.#withSource(file, this.#errors, async (source) => {
      this.#sink.begin({ path, type: kind.type, bytes: source.size, offset: kind.offset, epoch: kind.epoch });
      if (isLogLike(file)) {
        const summary = await this.#scan(file, source, await this.#visitor(file, gate));
        this.#sink.end(summary);
        return;
      }
      if (this.#plan.indexes !== 'entries' && isIndex(file)) {
        await this.#judgeIndex(path);
        this.#sink.end(NO_BATCHES);
        return;
      }
      const { entries, findings } = readSideFile(path, readSmallFile(path, SIDE_FILE_LIMIT));
      for (const some of inParts(entries)) {
        const shown = some.filter(() => !gate.closed && gate.pass());
        this.#sink.entries(kind.type, shown);
        await breathe();
        await this.#out.drained();
        if (gate.closed || this.#io.interrupted.aborted) break;
      }
      for (const found of findings) this.#finding(found);
      this.#sink.end(NO_BATCHES);
    });
  }

  async #judgeIndex(path: string): Promise<void> {
    const pause = async (): Promise<boolean> => {
      await breathe();
      return !this.#io.interrupted.aborted;
    };
    const { indexFindings } = await import('../../../segments/verify/index-findings.ts');
    const findings = await indexFindings(path, { now: this.#io.now(), pause });
    for (const found of findings) this.#finding(found);
    // Kafka's tool is silent about what it verifies.
    const tells = this.#plan.indexes === 'sanity' || this.#plan.format === 'kmedic';
    if (tells && findings.every(({ severity }) => severity === 'note')) this.#sink.passed?.();
  }

  async #withSource(
    file: LocatedFile,
    errors: DumpError[],
    use: (source: ByteSource) => Promise<unknown>,
  ): Promise<void> {
    try {
      const source = openSource(file.path);
      try {
        await use(source);
        this.#read++;
      } finally {
        source.close();
      }
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      errors.push(dumpError(error));
    }
  }

  async #scan(file: LocatedFile, source: ByteSource, visitor: LogVisitor) {
    const { filter, crc, maxBytes } = this.#plan;
    const progress = new ByteProgress(this.#io, source.size);
    this.#out.beforeWrite = () => progress.end();
    const from =
      filter.offsets === null || file.kind.offset === null
        ? 0
        : positionBefore(source, file.kind.offset, filter.offsets.from);
    try {
      return await dumpLog(
        maxBytes === null ? source : upTo(source, maxBytes),
        {
          filter,
          crc,
          from,
          pause: async (position) => {
            // On a terminal, the rest of a row may still be to come.
            if (!this.#io.outIsTty || this.#out.atLineStart) progress.update(position);
            await breathe();
            await this.#out.drained();
            return !this.#io.interrupted.aborted;
          },
          isBehind: () => this.#out.isBehind,
        },
        visitor,
      );
    } finally {
      progress.end();
    }
  }

  async #visitor(file: LocatedFile, gate: Gate): Promise<LogVisitor> {
    const sink = this.#sink;
    const finding = (found: Parameters<LogVisitor['finding']>[0]): void => this.#finding(found);
    if (this.#plan.what === 'batches') {
      return {
        batch: (batch) => {
          if (gate.pass()) sink.batch(batch);
          return !gate.closed;
        },
        finding,
      };
    }
    const decode = await loadDecoder(this.#plan.decoder(file.path));
    const { readControl } = await import('../../../segments/decode/control.ts');
    const { filter } = this.#plan;
    const everyBatch = Object.values(filter).every((each) => each === null) && gate.open;
    let shownBatch = -1;
    const showBatch = (batch: BatchView): void => {
      if (shownBatch !== batch.position) sink.batch(batch);
      shownBatch = batch.position;
    };
    return {
      batch: (batch) => {
        if (everyBatch || batch.valid === false) showBatch(batch);
        return true;
      },
      record: (record: KafkaRecord, batch: BatchView) => {
        if (!gate.pass()) return !gate.closed;
        showBatch(batch);
        const control = isControlBatch(batch) ? readControl(record) : null;
        sink.record({ record, batch, control, decoded: control === null ? (decode?.(record) ?? null) : null });
        return !gate.closed;
      },
      finding,
    };
  }

  #finding(found: Parameters<LogVisitor['finding']>[0]): void {
    if (found.severity === 'corrupt') this.#corrupt = true;
    this.#sink.finding(found);
  }
}

/** One part at least, so that a file without entries is told, too. */
function* inParts<T>(items: Iterable<T>): Generator<T[], void, void> {
  let part: T[] = [];
  for (const item of items) {
    if (part.length >= ENTRIES_AT_A_TIME) {
      yield part;
      part = [];
    }
    part.push(item);
  }
  yield part;
}

/** Kafka's schemas are many: they are loaded where a record is decoded. */
async function loadDecoder(name: DecoderName): Promise<Decoder | null> {
  return name === 'none' ? null : (await import('../../../segments/decode/decoders.ts')).decoderOf(name);
}

function isIndex({ kind }: LocatedFile): boolean {
  return /^(offset|time)-index$/.test(kind.type);
}

function isLogLike({ kind }: LocatedFile): boolean {
  return kind.type === 'log' || kind.type === 'metadata-snapshot';
}
