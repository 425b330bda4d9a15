import { int16, message } from '../schema/index.ts';

/** Control record (type 4): the last record of a KRaft snapshot (KIP-630). */
export const SnapshotFooterRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
  },
});
