import { int16, int64, message } from '../schema/index.ts';

/** Control record (type 3): the first record of a KRaft snapshot (KIP-630). */
export const SnapshotHeaderRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    lastContainedLogTimestamp: int64('0+'),
  },
});
