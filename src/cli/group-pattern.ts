import type { GroupSelection } from '../cluster/selection.ts';
import { usage } from './failure.ts';

/**
 * Groups as people name them: exact names, globs (`pay*`, `pay-?`), regular expressions between slashes (`/^pay/`). No
 * name at all means every group. Only patterns need a listing: exact names are asked for directly.
 */
export function selectGroups(words: readonly string[], all: boolean): GroupSelection {
  if (all && words.length > 0) throw usage('name groups, or give --all; not both');
  if (words.length === 0) return 'all';
  if (words.every((word) => !isPattern(word))) return { names: [...new Set(words)] };
  const tests = words.map(compile);
  return { match: (group: string) => tests.some((test) => test(group)) };
}

/** Whether a word can mean several names: a glob, or a regular expression. */
export function isPattern(word: string): boolean {
  return isRegex(word) || /[*?]/.test(word);
}

function isRegex(word: string): boolean {
  return word.length > 2 && word.startsWith('/') && word.endsWith('/');
}

/** A test for one word: exact, glob or regular expression. */
export function compile(word: string): (name: string) => boolean {
  if (isRegex(word)) {
    try {
      const regex = new RegExp(word.slice(1, -1), 'u');
      return (name) => regex.test(name);
    } catch (error) {
      throw usage(`${word}: ${error instanceof Error ? error.message : 'not a regular expression'}`);
    }
  }
  if (!isPattern(word)) return (name) => name === word;
  const body = word
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const glob = new RegExp(`^${body}$`, 'su');
  return (name) => glob.test(name);
}
