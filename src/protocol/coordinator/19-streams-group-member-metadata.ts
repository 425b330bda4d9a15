import { array, int32, message, string, struct, uint16 } from '../schema/index.ts';

const endpoint = {
  host: string('0+'),
  port: uint16('0+'),
};

const keyValue = {
  key: string('0+'),
  value: string('0+'),
};

/** A member of a streams group (key type 19). */
export const StreamsGroupMemberMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

/** What a member told about itself: client, process, tags, endpoint, topology epoch. */
export const StreamsGroupMemberMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    instanceId: string('0+', { nullable: '0+' }),
    rackId: string('0+', { nullable: '0+' }),
    clientId: string('0+'),
    clientHost: string('0+'),
    rebalanceTimeoutMs: int32('0+', { default: -1 }),
    topologyEpoch: int32('0+'),
    processId: string('0+'),
    userEndpoint: struct('0+', endpoint, { nullable: '0+', default: null }),
    clientTags: array('0+', keyValue),
  },
});
