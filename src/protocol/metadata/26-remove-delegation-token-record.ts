import { message, string } from '../schema/index.ts';

/** RemoveDelegationTokenRecord */
export const RemoveDelegationTokenRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    tokenId: string('0+'),
  },
});
