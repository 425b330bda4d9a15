import { message, string } from '../schema/index.ts';

/** ClearElrRecord */
export const ClearElrRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topicName: string('0+'),
  },
});
