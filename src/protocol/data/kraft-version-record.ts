import { int16, message } from '../schema/index.ts';

/** KRaftVersionRecord */
export const KRaftVersionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    kRaftVersion: int16('0+'),
  },
});
