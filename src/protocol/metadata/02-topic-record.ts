import { message, string, uuid } from '../schema/index.ts';

/** A topic was created. */
export const TopicRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    topicId: uuid('0+'),
  },
});
