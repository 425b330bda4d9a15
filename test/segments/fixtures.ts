import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goldenOf, sections, TOOL_RUNS } from './golden.ts';

export const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'fixtures', 'segments');
export const KAFKA_4 = join(FIXTURES, 'kafka-4.3.1');
export const KAFKA_3 = join(FIXTURES, 'kafka-3.9.2');
export const KAFKA_2 = join(FIXTURES, 'kafka-2.8.2');
/** Log directories that Apache Kafka wrote. */
export const LOG_DIRECTORIES = [KAFKA_4, KAFKA_3, KAFKA_2] as const;

/** What the dump tool of 4.3.1 says about the files that 4.3.1 wrote, by the name that it was given; `run`: see TOOL_RUNS. */
export function toolSections(run: string): ReadonlyMap<string, string> {
  const known = TOOL_RUNS.find(({ name }) => name === run);
  const text = known === undefined ? null : goldenOf(FIXTURES, '4.3.1', 'kafka-4.3.1', known);
  if (text === null) throw new Error(`the tool was not asked for ${run}`);
  return new Map(Object.entries(sections(text)));
}
