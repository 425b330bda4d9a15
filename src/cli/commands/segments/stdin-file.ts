import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PartitionReport } from '../../../segments/verify/verify.ts';
import type { DumpSink } from './dump-sink.ts';

const BLOCK = 1024 * 1024;

/** How standard input is named on a command line, and in what is told of it. */
const STDIN = '-';

/** The paths of a command line as they can be opened. */
export interface GivenPaths {
  readonly paths: readonly string[];
  /** Where standard input lies; null where it is not among them. */
  readonly stdin: string | null;
  /** Deletes what was made for standard input. */
  remove(): void;
}

/** The paths of a command line, `-` copied to a temporary file. */
export function givenPaths(args: readonly string[]): GivenPaths {
  if (!args.includes(STDIN)) return { paths: args, stdin: null, remove: () => undefined };
  const { path, remove } = spoolStdin();
  return { paths: args.map((each) => (each === STDIN ? path : each)), stdin: path, remove };
}

/** Standard input as a file that can be read at any position (mode 0600), whatever its size. */
function spoolStdin(): { readonly path: string; remove(): void } {
  // Not the name of a partition.
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-stdin.'));
  const path = join(directory, 'stdin.log');
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const block = Buffer.allocUnsafe(BLOCK);
  try {
    const fd = openSync(path, 'wx', 0o600);
    try {
      for (;;) {
        const got = readSync(0, block, 0, BLOCK, null);
        if (got === 0) break;
        for (let done = 0; done < got; ) done += writeSync(fd, block, done, got - done);
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

/** A sink that knows standard input by its name: nobody asked for that of a temporary file. */
export function sinkNaming(sink: DumpSink, stdin: string): DumpSink {
  const named = namedAs(stdin);
  return {
    begin: (file) => sink.begin({ ...file, path: named(file.path) }),
    batch: (batch) => sink.batch(batch),
    record: (record) => sink.record(record),
    entries: (type, entries) => sink.entries(type, entries),
    finding: (found) => sink.finding({ ...found, file: named(found.file) }),
    end: (summary) => sink.end(summary),
    close: (errors) => sink.close(errors),
  };
}

/** The same for what was found about a partition. */
export function reportNaming(report: PartitionReport, stdin: string): PartitionReport {
  const named = namedAs(stdin);
  const inFile = <T extends { readonly file: string }>(each: T): T => ({ ...each, file: named(each.file) });
  return {
    ...report,
    directory: named(report.directory),
    files: report.files.map(inFile),
    findings: report.findings.map(inFile),
  };
}

function namedAs(stdin: string): (path: string) => string {
  return (path) => (path === stdin || path === dirname(stdin) ? STDIN : path);
}
