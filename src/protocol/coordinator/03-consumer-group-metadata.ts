import { int32, int64, message, string } from '../schema/index.ts';

export const ConsumerGroupMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

export const ConsumerGroupMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    epoch: int32('0+'),
    metadataHash: int64('0+', { tag: 0 }),
  },
});
