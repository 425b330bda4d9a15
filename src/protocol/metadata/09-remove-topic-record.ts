import { message, uuid } from '../schema/index.ts';

/** A topic was deleted, with its partitions. */
export const RemoveTopicRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topicId: uuid('0+'),
  },
});
