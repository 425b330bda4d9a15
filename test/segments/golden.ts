import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The releases whose dump tools said what is in `fixtures/segments/tool-*`. */
export const TOOL_VERSIONS = ['3.9.2', '4.3.1'] as const;
export type ToolVersion = (typeof TOOL_VERSIONS)[number];

/** One run of the dump tool over files of a log directory. */
export interface ToolRun {
  readonly name: string;
  /** By the path below the log directory. */
  readonly files: RegExp;
  readonly options: readonly string[];
}

const SMALL_LOGS = /^(?!large-|__).*\.log$/;

/** What the tool is asked about a log directory; a run that finds no file is left out. */
export const TOOL_RUNS: readonly ToolRun[] = [
  { name: 'records', files: SMALL_LOGS, options: ['--deep-iteration', '--print-data-log'] },
  { name: 'deep', files: /\.log$/, options: ['--deep-iteration'] },
  { name: 'batches', files: /\.log$/, options: [] },
  { name: 'contents', files: SMALL_LOGS, options: ['--print-data-log', '--skip-record-metadata'] },
  { name: 'side', files: /\.(index|timeindex|txnindex|snapshot)$/, options: [] },
  { name: 'offsets', files: /^__consumer_offsets-.*\.log$/, options: ['--offsets-decoder'] },
  { name: 'transactions', files: /^__transaction_state-.*\.log$/, options: ['--transaction-log-decoder'] },
  { name: 'share-state', files: /^__share_group_state-.*\.log$/, options: ['--share-group-state-decoder'] },
  {
    name: 'metadata',
    files: /(^__cluster_metadata-.*\.(log|checkpoint)|^bootstrap\.checkpoint)$/,
    options: ['--cluster-metadata-decoder'],
  },
];

/** The files of a log directory that a run is about, sorted. */
export function filesOf(directory: string, { files }: Pick<ToolRun, 'files'>): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => files.test(name) && statSync(join(directory, name)).isFile())
    .sort();
}

/** What the tool of `version` said in `run` about the fixture `kafka`; null where it was not asked. */
export function goldenOf(fixtures: string, version: ToolVersion, kafka: string, run: ToolRun): string | null {
  const path = join(fixtures, `tool-${version}`, `${kafka}-${run.name}.txt.gz`);
  return existsSync(path) ? gunzipSync(readFileSync(path)).toString() : null;
}

/** What is said about each file, by the name that the tool was given. */
export function sections(text: string): Record<string, string> {
  const parts = text.split(/^Dumping /m).slice(1);
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
}
