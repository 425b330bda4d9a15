import { message, string } from '../schema/index.ts';

/** The records up to the next End- or AbortTransactionRecord take effect together (KIP-868). */
export const BeginTransactionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+', { nullable: '0+', tag: 0, default: null }),
  },
});
