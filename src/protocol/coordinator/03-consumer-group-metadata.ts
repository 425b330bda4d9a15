import { int32, int64, message, string } from '../schema/index.ts';

/** A consumer group (KIP-848; key type 3). */
export const ConsumerGroupMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/**
 * The group's epoch. `metadataHash` is a full 64-bit hash: as a number it is good for nothing but telling that it is
 * there.
 */
export const ConsumerGroupMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    epoch: int32('0+'),
    metadataHash: int64('0+', { tag: 0 }),
  },
});
