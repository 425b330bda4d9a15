import { message, string } from '../schema/index.ts';

/** BeginTransactionRecord */
export const BeginTransactionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+', { nullable: '0+', tag: 0, default: null }),
  },
});
