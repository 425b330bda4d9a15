/** What the topics of the comparisons hold: so many records, so far apart. */
export const RECORDS = 100;
export const SPACING_MS = 600_000;
export const T0 = Math.floor(Date.now() / 1000) * 1000 - RECORDS * SPACING_MS;
/** Between the records 49 and 50, far enough from both that the time a test takes does not matter. */
const MIDDLE = T0 + 49.5 * SPACING_MS;

/** Rows of an export, sorted: kafka-consumer-groups prints them in no order, and warnings between them. */
export const lines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /^[^,]+(,[^,]+)?,\d+,-?\d+$/.test(line))
    .sort();

const datetime = (ms: number): string => new Date(ms).toISOString().replace('Z', '');
const seconds = (): string => `PT${Math.round((Date.now() - MIDDLE) / 1000)}S`;

/** Strategies that mean something for a group that was never seen, too. */
export const EVERYWHERE: readonly [string, () => string[]][] = [
  ['to-earliest', () => ['--to-earliest']],
  ['to-latest', () => ['--to-latest']],
  ['to-offset in the middle', () => ['--to-offset', '50']],
  ['to-offset before the start', () => ['--to-offset', '0']],
  ['to-offset beyond the end', () => ['--to-offset', '5000']],
  ['to-offset negative', () => ['--to-offset', '-3']],
  ['to-datetime in the middle', () => ['--to-datetime', datetime(MIDDLE)]],
  ['to-datetime before the start', () => ['--to-datetime', '1990-01-01T00:00:00.000']],
  ['to-datetime past the end', () => ['--to-datetime', '2099-01-01T00:00:00.000+02:00']],
  ['by-duration', () => ['--by-duration', seconds()]],
];

/** Strategies that need a commit. */
export const SHIFTS: readonly [string, readonly string[]][] = [
  ['shift-by back', ['--shift-by', '-25']],
  ['shift-by on', ['--shift-by', '25']],
  ['shift-by out of every log', ['--shift-by', '-5000']],
];
