import { message } from '../schema/index.ts';

/** A metadata transaction takes effect (KIP-868). */
export const EndTransactionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {},
});
