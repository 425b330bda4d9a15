import { message, string } from '../schema/index.ts';

/** A delegation token expired or was withdrawn (KIP-900). */
export const RemoveDelegationTokenRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    tokenId: string('0+'),
  },
});
