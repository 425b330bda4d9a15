import { message, string } from '../schema/index.ts';

/** Eligible leader replicas of one topic, or of all, were cleared (KIP-966). */
export const ClearElrRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topicName: string('0+'),
  },
});
