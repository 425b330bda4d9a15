import { array, int32, int64, message, string } from '../schema/index.ts';

const lastAssignmentConfig = {
  key: string('0+'),
  value: string('0+'),
};

export const StreamsGroupMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
  },
});

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
