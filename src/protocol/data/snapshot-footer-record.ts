import { int16, message } from '../schema/index.ts';

/** SnapshotFooterRecord */
export const SnapshotFooterRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
  },
});
