import { message, string } from '../schema/index.ts';

/** AbortTransactionRecord */
export const AbortTransactionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    reason: string('0+', { nullable: '0+', tag: 0, default: null }),
  },
});
