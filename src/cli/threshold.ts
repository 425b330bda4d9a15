import { usage } from './failure.ts';

/** `--lag '>1000'`: a test for a lag. Unknown lag passes every test: a filter must not hide it. */
export function lagTest(text: string | undefined): ((lag: number | null) => boolean) | null {
  if (text === undefined) return null;
  const [, operator, digits] = /^\s*(>=|<=|>|<|=)?\s*(\d+)\s*$/.exec(text) ?? [];
  if (digits === undefined) {
    throw usage(
      `--lag ${text}: not a comparison`,
      "write --lag '>1000' (quoted: the shell would redirect), or >=, <, <=, =",
    );
  }
  const limit = Number(digits);
  const compare: Readonly<Record<string, (lag: number) => boolean>> = {
    '>': (lag) => lag > limit,
    '>=': (lag) => lag >= limit,
    '<': (lag) => lag < limit,
    '<=': (lag) => lag <= limit,
    '=': (lag) => lag === limit,
  };
  const test = compare[operator ?? '>='];
  return (lag) => lag === null || test === undefined || test(lag);
}
