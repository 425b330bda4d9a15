import type { SourceError } from '../../../segments/source.ts';
import type { DumpError } from './dump-sink.ts';

/** A file that cannot be read, for `errors` of a document and for stderr. */
export function dumpError(error: SourceError): DumpError {
  return { scope: 'file', name: error.code, message: `${error.path}: ${error.message}`, advice: null };
}
