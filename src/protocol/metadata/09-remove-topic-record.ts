import { message, uuid } from '../schema/index.ts';

/** RemoveTopicRecord */
export const RemoveTopicRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topicId: uuid('0+'),
  },
});
