import type { Problem, Snapshot } from '../cluster/snapshot.ts';
import type { KnownNames } from './known-names.ts';
import { didYouMean } from './suggest.ts';
import { topicFilter } from './topic-filter.ts';

type Topics = readonly Pick<Snapshot['topics'][number], 'topic' | 'partitions'>[];

/** The words (topics, partitions, patterns, as typed) that fit none of these topics, as problems with the name that is near. */
export function missingTopics(words: readonly string[], topics: Topics): Problem[] {
  const names = topics.map(({ topic }) => topic);
  return unfit(words, topics).map((word) => ({
    scope: `topic ${word}`,
    name: 'UNKNOWN_TOPIC_OR_PARTITION',
    message: `no topic or partition is called ${word}`,
    advice: otherTopics(word, names),
  }));
}

/** How many names an advice gives before it only counts. */
const NAMED = 5;

/** What there is instead of a topic that is not there. */
export function otherTopics(word: string, names: readonly string[]): string {
  const near = didYouMean(word, names);
  if (near !== null) return near;
  if (names.length === 0) return 'no topic can be seen: there is none, or this principal may not DESCRIBE any';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `topics: ${names.slice(0, NAMED).join(', ')}${more}`;
}

/** The same where only a part of the topics was read: the others are listed when a word fits none of these. */
export async function missingElsewhere(
  words: readonly string[],
  topics: Topics,
  known: KnownNames,
): Promise<Problem[]> {
  const open = unfit(words, topics);
  return open.length === 0 ? [] : missingTopics(open, (await known()).topics);
}

function unfit(words: readonly string[], topics: Topics): string[] {
  return words.filter((word) => {
    const fits = topicFilter([word]) ?? (() => true);
    // A topic that could not be read has no partitions to go by.
    return !topics.some(({ topic, partitions }) =>
      partitions.length === 0 ? fits(topic, 0) : partitions.some(({ partition }) => fits(topic, partition)),
    );
  });
}
