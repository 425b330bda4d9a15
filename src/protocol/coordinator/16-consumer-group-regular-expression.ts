import { array, int64, message, string } from '../schema/index.ts';

/** A regular expression that members of a consumer group subscribe by (key type 16). */
export const ConsumerGroupRegularExpressionKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    regularExpression: string('0'),
  },
});

/** The topics that the expression matched, and when it was resolved. */
export const ConsumerGroupRegularExpressionValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topics: array('0+', 'string'),
    version: int64('0+'),
    timestamp: int64('0+'),
  },
});
