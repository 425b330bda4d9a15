import { array, int32, int64, message, string } from '../schema/index.ts';

const lastAssignmentConfig = {
  key: string('0+'),
  value: string('0+'),
};

/** A streams group (KIP-1071; key type 17). */
export const StreamsGroupMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

/** The group's epoch, hashes and configs that its assignment was made with. */
export const StreamsGroupMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    epoch: int32('0+'),
    metadataHash: int64('0+'),
    validatedTopologyEpoch: int32('0+', { tag: 0, default: -1 }),
    lastAssignmentConfigs: array('0+', lastAssignmentConfig, { nullable: '0+', tag: 1 }),
  },
});
