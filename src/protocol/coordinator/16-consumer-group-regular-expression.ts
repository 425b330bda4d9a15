import { array, int64, message, string } from '../schema/index.ts';

export const ConsumerGroupRegularExpressionKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    regularExpression: string('0'),
  },
});

export const ConsumerGroupRegularExpressionValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    topics: array('0+', 'string'),
    version: int64('0+'),
    timestamp: int64('0+'),
  },
});
