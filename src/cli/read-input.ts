import { readFileSync } from 'node:fs';

/** A file's text, or with `-` that of standard input, and what to call it in messages. Throws the file system's error. */
export function readInput(path: string): { readonly text: string; readonly name: string } {
  return path === '-'
    ? { text: readFileSync(0, 'utf8'), name: 'standard input' }
    : { text: readFileSync(path, 'utf8'), name: path };
}
