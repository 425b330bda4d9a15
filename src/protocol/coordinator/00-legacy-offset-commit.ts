import { int32, int64, message, string } from '../schema/index.ts';

export const LegacyOffsetCommitKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  },
});

export const LegacyOffsetCommitValue = message({
  versions: '0',
  flexible: 'none',
  fields: {
    offset: int64('0'),
    metadata: string('0'),
    commitTimestamp: int64('0'),
  },
});
