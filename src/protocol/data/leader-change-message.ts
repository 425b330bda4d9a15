import { array, int16, int32, message, uuid } from '../schema/index.ts';

const voter = {
  voterId: int32('0+'),
  voterDirectoryId: uuid('1+'),
};

/** LeaderChangeMessage */
export const LeaderChangeMessage = message({
  versions: '0-1',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    leaderId: int32('0+'),
    voters: array('0+', voter),
    grantingVoters: array('0+', voter),
  },
});
