import { usage } from './failure.ts';
import { compile } from './group-pattern.ts';

/**
 * `--topic orders`, `--topic orders:0,2`, `--topic 'pay*'`, repeatable. Undefined where nothing was given. Kafka forbids
 * colons in topic names, so the last colon always begins the partitions.
 */
export function topicFilter(words: readonly string[]): ((topic: string, partition: number) => boolean) | undefined {
  if (words.length === 0) return undefined;
  const tests = words.map((word) => {
    const regex = word.startsWith('/') && word.endsWith('/');
    const colon = regex ? -1 : word.lastIndexOf(':');
    const topic = compile(colon < 0 ? word : word.slice(0, colon));
    if (colon < 0) return (name: string): boolean => topic(name);
    const partitions = new Set(
      word
        .slice(colon + 1)
        .split(',')
        .flatMap((part) => parsePartitions(word, part)),
    );
    return (name: string, partition: number): boolean => partitions.has(partition) && topic(name);
  });
  return (topic, partition) => tests.some((test) => test(topic, partition));
}

function parsePartitions(word: string, part: string): number[] {
  const [, from, to] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  if (from === undefined || last < first || last - first > 100_000) {
    throw usage(
      `--topic ${word}: partitions are numbers after a colon`,
      'for example --topic orders:0,2 or orders:0-5',
    );
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
