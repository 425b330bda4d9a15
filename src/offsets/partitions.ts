import { groupBy } from '../cluster/group-by.ts';
import type { Topic } from '../cluster/snapshot.ts';

/** A key for maps of partitions. */
export function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** Groups partitions by topic, keeping their order: `[{ topic, items }]`. */
export function byTopic<T extends { readonly topic: string }>(items: Iterable<T>): { topic: string; items: T[] }[] {
  return [...groupBy(items, ({ topic }) => topic)].map(([topic, found]) => ({ topic, items: found }));
}

/** Splits a list into parts of at most `size`. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}

/**
 * A request may name a partition once: the first round has the first item of every partition, the second the second, and
 * so on.
 */
export function rounds<T extends { readonly topic: string; readonly partition: number }>(items: Iterable<T>): T[][] {
  const found: T[][] = [];
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item.topic, item.partition);
    const round = counts.get(key) ?? 0;
    counts.set(key, round + 1);
    const list = found[round];
    if (list) list.push(item);
    else found.push([item]);
  }
  return found;
}

/** The ids of a topic's partitions. */
export function idsOf({ partitions }: Topic): number[] {
  return partitions.map(({ partition }) => partition);
}
