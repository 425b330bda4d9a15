import { int16, message } from '../schema/index.ts';

/** Control record (type 5): the kraft.version feature of a KRaft log (KIP-853). */
export const KRaftVersionRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    kRaftVersion: int16('0+'),
  },
});
