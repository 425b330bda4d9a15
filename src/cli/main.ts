import type { ExitCode } from './command.ts';
import type { Parsed } from './command-line.ts';
import type { Deps } from './deps.ts';
import type { ErrorDocument } from './error-document.ts';
import { errorLines, explain, problemOf } from './errors.ts';
import { rootHelp } from './help.ts';
import type { Io } from './io.ts';
import { plainCall } from './plain-call.ts';
import { reachOf } from './source.ts';

/**
 * Runs one command line to its exit code. Never throws: what goes wrong is explained on stderr, and in `errors[]` of a
 * document where one was asked for.
 */
export async function main(argv: readonly string[], io: Io, deps: Deps, version: string): Promise<ExitCode> {
  let parsed: Parsed | null = null;
  try {
    parsed = simple(argv) ?? plainCall(argv, io.env) ?? (await import('./parse.ts')).parse(argv, io.env);
    if (parsed.kind === 'help') {
      io.out(parsed.text);
      return 0;
    }
    if (parsed.kind === 'version') {
      io.out(`kmedic ${version}\n`);
      return 0;
    }
    const { run } = await parsed.command.run();
    const code = await run(parsed.invocation, io, deps);
    return io.interrupted.aborted && code === 0 && !ENDS_BY_SIGNAL.has(parsed.command.path.join(' ')) ? 130 : code;
  } catch (error) {
    return fail(error, argv, parsed, io);
  }
}

/** What needs no parser: it is asked for often, by people and by scripts, and should cost next to nothing. */
function simple(argv: readonly string[]): Parsed | null {
  const [word, ...more] = argv;
  if (more.length > 0) return null;
  if (word === undefined || word === '--help' || word === '-h') return { kind: 'help', text: rootHelp() };
  return word === '--version' || word === '-V' ? { kind: 'version' } : null;
}

/** Commands that run until they are stopped: stopping them is how they end well. */
const ENDS_BY_SIGNAL = new Set(['demo', 'broker start']);

async function fail(error: unknown, argv: readonly string[], parsed: Parsed | null, io: Io): Promise<ExitCode> {
  const details = explain(error);
  const globals = parsed?.kind === 'run' ? parsed.invocation.globals : null;
  const reach = globals === null ? [] : reachOf(globals);
  const verbose = globals?.verbose ?? argv.some((word) => word === '-v' || word === '--verbose');
  const output = globals?.output ?? wantedOutput(argv);
  if (output === 'json' || output === 'ndjson' || output === 'yaml') {
    const at = new Date(io.now()).toISOString();
    const errors = [problemOf(details)];
    const document: ErrorDocument = { kind: 'error', version: 1, at, cluster: { id: null }, errors };
    if (output === 'yaml') io.out((await import('../render/yaml.ts')).renderYaml(document));
    else {
      const { renderJson, renderJsonLine } = await import('../render/json.ts');
      io.out(output === 'json' ? renderJson(document) : renderJsonLine(document));
    }
  }
  io.err(`${errorLines(details, reach, verbose).join('\n')}\n`);
  return io.interrupted.aborted && details.exit !== 2 ? 130 : details.exit;
}

/** The format that a command line which could not be parsed asked for: its reader still expects a document. */
function wantedOutput(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '-o' || word === '--output');
  const inline = argv.find((word) => word.startsWith('--output='))?.slice('--output='.length);
  return inline ?? argv.find((word) => /^-o\w+/.test(word))?.slice(2) ?? (at < 0 ? undefined : argv[at + 1]);
}
