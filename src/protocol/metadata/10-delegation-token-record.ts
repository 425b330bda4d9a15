import { array, int64, message, string } from '../schema/index.ts';

/** A delegation token was made or renewed (KIP-900). */
export const DelegationTokenRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    owner: string('0+'),
    requester: string('0+'),
    renewers: array('0+', 'string'),
    issueTimestamp: int64('0+'),
    maxTimestamp: int64('0+'),
    expirationTimestamp: int64('0+'),
    tokenId: string('0+'),
  },
});
