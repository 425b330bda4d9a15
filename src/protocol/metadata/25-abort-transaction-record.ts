import { message, string } from '../schema/index.ts';

/** A metadata transaction is given up (KIP-868). */
export const AbortTransactionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    reason: string('0+', { nullable: '0+', tag: 0, default: null }),
  },
});
