import { int32, int64, message, string } from '../schema/index.ts';

/** A share group (key type 11). */
export const ShareGroupMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/** The group's epoch; `metadataHash` as in ConsumerGroupMetadataValue. */
export const ShareGroupMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    epoch: int32('0+'),
    metadataHash: int64('0+'),
  },
});
