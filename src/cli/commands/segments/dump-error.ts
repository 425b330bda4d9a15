import type { SourceError } from '../../../segments/source.ts';
import type { DumpError } from './dump-sink.ts';

const NO_STDIN = 'standard input is read by segments dump and segments verify alone: save it as a file, and name that';

/** A file that cannot be read, for `errors` of a document and for stderr. */
export function dumpError({ code, path, message }: SourceError): DumpError {
  return { scope: 'file', name: code, message: `${path}: ${message}`, advice: path === '-' ? NO_STDIN : null };
}
