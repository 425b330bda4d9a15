import { message } from '../schema/index.ts';

/** Nothing: the controller writes it so that the log moves on (KIP-835). */
export const NoOpRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {},
});
