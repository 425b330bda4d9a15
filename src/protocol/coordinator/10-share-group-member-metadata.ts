import { array, message, string } from '../schema/index.ts';

/** A member of a share group (KIP-932; key type 10). */
export const ShareGroupMemberMetadataKey = message({
  versions: '0',
  flexible: 'none',
  fields: {
    groupId: string('0'),
    memberId: string('0'),
  },
});

/** What a member told about itself: client, rack, subscription. */
export const ShareGroupMemberMetadataValue = message({
  versions: '0',
  flexible: '0+',
  fields: {
    rackId: string('0+', { nullable: '0+' }),
    clientId: string('0+'),
    clientHost: string('0+'),
    subscribedTopicNames: array('0+', 'string'),
  },
});
