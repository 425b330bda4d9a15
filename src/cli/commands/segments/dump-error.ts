import type { SourceError } from '../../../segments/source.ts';
import type { DumpError } from './dump-sink.ts';

const NO_STDIN = 'standard input is read by segments dump and segments verify alone: save it as a file, and name that';

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: "run it as the broker's user, or as another who may read it",
  EIO: 'look at the messages of the kernel (dmesg); copy what can be read to another disk first',
};

/** A file that cannot be read, for `errors` of a document and for stderr. */
export function dumpError({ code, path, message }: SourceError): DumpError {
  const advice = path === '-' ? NO_STDIN : (ADVICE[code] ?? null);
  return { scope: 'file', name: code, message: `${path}: ${message}`, advice };
}
