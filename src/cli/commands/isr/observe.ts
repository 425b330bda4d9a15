import type { ObserveRequest } from '../../../cluster/selection.ts';
import { topicFilter } from '../../topic-filter.ts';

/** What replication is judged by, without groups. */
export const REPLICATION: ObserveRequest = {
  groups: 'none',
  topics: 'all',
  want: { offsets: true, logEnd: true, replication: true },
};

/** Topics as the arguments name them; every topic without any. */
export function acceptTopics(words: readonly string[]): (topic: string, partition: number) => boolean {
  return topicFilter(words) ?? (() => true);
}
