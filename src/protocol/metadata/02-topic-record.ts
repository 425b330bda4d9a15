import { message, string, uuid } from '../schema/index.ts';

/** TopicRecord */
export const TopicRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    topicId: uuid('0+'),
  },
});
