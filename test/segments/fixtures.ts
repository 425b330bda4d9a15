import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'fixtures', 'segments');
export const KAFKA_4 = join(FIXTURES, 'kafka-4.3.1');
export const KAFKA_2 = join(FIXTURES, 'kafka-2.8.2');

/** The part of a dump of Kafka's tool that is about one file, by the name that the tool was given. */
export function toolSections(name: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(FIXTURES, 'tool-4.3.1', name), 'utf8');
  const sections = new Map<string, string>();
  for (const part of text.split(/^Dumping /m).slice(1)) {
    const end = part.indexOf('\n');
    sections.set(part.slice(0, end), part.slice(end + 1));
  }
  return sections;
}
