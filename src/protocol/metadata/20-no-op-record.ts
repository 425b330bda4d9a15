import { message } from '../schema/index.ts';

/** NoOpRecord */
export const NoOpRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {},
});
