import { bytesText } from '../../../render/bytes.ts';

/** Bytes for people: `2.1 GB`; on a pipe the plain number. */
export function sizeText(bytes: number, human: boolean): string {
  return human ? bytesText(bytes) : String(bytes);
}
