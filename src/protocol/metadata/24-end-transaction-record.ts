import { message } from '../schema/index.ts';

/** EndTransactionRecord */
export const EndTransactionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {},
});
