import { startHelpers } from '../../../segments/ahead/helper.ts';
import type { Finding } from '../../../segments/findings.ts';
import { locate } from '../../../segments/locate.ts';
import {
  type PartitionReport,
  partitionsToVerify,
  type RootReport,
  verifyPartition,
  verifyRoot,
} from '../../../segments/verify/verify.ts';
import { type ExitCode, type Invocation, optionsOf, type Run } from '../../command.ts';
import type { Io } from '../../io.ts';
import { present } from '../../present.ts';
import type { segmentsVerify } from './descriptors.ts';
import { dumpError } from './dump-error.ts';
import { logBytes } from './log-bytes.ts';
import { ByteProgress, breathe } from './progress.ts';
import { type GivenPaths, givenPaths, reportNaming } from './stdin-file.ts';
import { tuneEngine } from './tune-engine.ts';
import { findingsSheet, verifyBlocks, verifyDocument } from './verify-view.ts';

export const run: Run = async (invocation, io) => {
  tuneEngine();
  const given = givenPaths(invocation.args);
  try {
    return await verify(given, invocation, io);
  } finally {
    given.remove();
  }
};

async function verify(given: GivenPaths, invocation: Invocation, io: Io): Promise<ExitCode> {
  const options = optionsOf<typeof segmentsVerify>(invocation);
  const begin = io.now();
  const located = locate(given.paths);
  const partitions = partitionsToVerify(located);
  const total = logBytes(partitions);
  const helpers = options.deep ? null : startHelpers(total);
  const progress = new ByteProgress(io, total);
  const roots: RootReport[] = located.roots.map(verifyRoot);
  const reports: PartitionReport[] = [];
  let before = 0;
  try {
    for (const partition of partitions) {
      if (io.interrupted.aborted) break;
      let done = 0;
      const report = await verifyPartition(partition, {
        deep: options.deep,
        now: begin,
        helper: helpers,
        pause: async (bytes) => {
          done = bytes;
          progress.update(before + bytes);
          await breathe();
          return !io.interrupted.aborted;
        },
      });
      before += done;
      reports.push(given.stdin === null ? report : reportNaming(report, given.stdin));
    }
  } finally {
    progress.end();
    await helpers?.stop();
  }
  const problems = located.problems.map(dumpError);
  const result = { at: new Date(begin).toISOString(), tookMs: io.now() - begin, roots, reports, deep: options.deep };
  await present(
    {
      document: () => verifyDocument(result, problems),
      lines: () => verifyDocument(result, problems).files,
      sheets: io.outIsTty && /^(table|wide)$/.test(invocation.globals.output) ? [] : [findingsSheet(result)],
      before: (style) => verifyBlocks(result, style),
      problems,
    },
    invocation.globals.output,
    io,
  );
  if (io.interrupted.aborted) return 130;
  return exitCode(
    [...roots, ...reports].flatMap(({ findings }) => findings),
    problems.length,
    roots.length + reports.filter(({ files, findings }) => files.length > 0 || findings.length === 0).length,
  );
}

function exitCode(findings: readonly Finding[], problems: number, read: number): ExitCode {
  if (findings.some(({ severity }) => severity === 'corrupt')) return 1;
  if (read === 0) return 2;
  return problems === 0 ? 0 : 5;
}
