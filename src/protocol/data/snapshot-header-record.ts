import { int16, int64, message } from '../schema/index.ts';

/** SnapshotHeaderRecord */
export const SnapshotHeaderRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    lastContainedLogTimestamp: int64('0+'),
  },
});
