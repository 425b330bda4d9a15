import { OffsetsError } from './error.ts';

/**
 * Which partitions an action is about: those that the group has committed (Kafka's `--all-topics`), or topics by name.
 * `partitions: null` is all partitions of the topic.
 */
export type Scope = 'committed' | readonly TopicScope[];

export interface TopicScope {
  readonly topic: string;
  readonly partitions: readonly number[] | null;
}

/** Reads `orders`, `orders:0`, `orders:0,2-5`. A colon cannot be part of a topic's name. Throws OffsetsError INVALID_SCOPE. */
export function parseTopicScope(word: string): TopicScope {
  const colon = word.indexOf(':');
  const topic = colon < 0 ? word : word.slice(0, colon);
  if (topic === '') throw new OffsetsError('INVALID_SCOPE', `${word}: the topic is missing`, EXAMPLE);
  if (colon < 0) return { topic, partitions: null };
  const partitions = new Set<number>();
  for (const part of word.slice(colon + 1).split(',')) {
    const [, from, to] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    if (from === undefined || last < first || last - first > 1_000_000) {
      throw new OffsetsError('INVALID_SCOPE', `${word}: partitions are numbers after a colon`, EXAMPLE);
    }
    for (let id = first; id <= last; id++) partitions.add(id);
  }
  return { topic, partitions: [...partitions].sort((a, b) => a - b) };
}

const EXAMPLE = 'for example orders, orders:3, orders:0,2 or orders:0-5';

/** Reads `orders:3=end-10` of `offsets seek`: partitions and the target's text. */
export function parseSeek(word: string): { readonly scope: TopicScope; readonly target: string } {
  const equals = word.indexOf('=');
  if (equals < 0) {
    throw new OffsetsError('INVALID_SCOPE', `${word}: the target is missing`, 'for example orders:3=end-10');
  }
  return { scope: parseTopicScope(word.slice(0, equals)), target: word.slice(equals + 1) };
}

/** Whether a partition is in the scope; everything is in `committed`. */
export function inScope(scope: Scope, topic: string, partition: number): boolean {
  if (scope === 'committed') return true;
  return scope.some((entry) => entry.topic === topic && (entry.partitions?.includes(partition) ?? true));
}
