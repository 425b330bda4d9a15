import type { Tone } from './theme.ts';

/**
 * Rows and columns before any format is chosen. Values stay values: a format decides how a number, a span of time or an
 * unknown (null) is written.
 */
export interface Sheet {
  readonly columns: readonly Column[];
  readonly rows: Rows;
  /** A summary of a few rows: a terminal shows it in a frame, where it fits. */
  readonly summary?: true;
  /** Colour of a row's toned cells. Colour only repeats what the text says. */
  readonly tone?: (row: number) => Tone | null;
}

/** An array of rows, or something that makes each row when it is looked at: a long table need not be held twice. */
export interface Rows {
  readonly length: number;
  at(row: number): readonly CellValue[] | undefined;
}

export type CellValue = string | number | null;

export interface Column {
  /** Name in CSV. */
  readonly key: string;
  readonly header: string;
  /** `text` left; `id` a number that is a name (never grouped); `count` a number of things; `span` a duration in ms. */
  readonly kind: 'text' | 'id' | 'count' | 'span';
  /** On a narrow terminal the column with the lowest number goes first; 9 never goes. */
  readonly keep: number;
  /** Shown by `-o wide` and in files only. */
  readonly wide?: true;
  /** Shown to pipes as well, where columns must not come and go. */
  readonly piped?: true;
  /** Carries the row's colour. */
  readonly toned?: true;
}
