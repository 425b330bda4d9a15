import { array, int16, int32, message, uuid } from '../schema/index.ts';

const voter = {
  voterId: int32('0+'),
  voterDirectoryId: uuid('1+'),
};

/**
 * Control record (type 2): a new leader of a KRaft log, first in its epoch (KIP-595).
 *
 * v0     leader, voters, and those that voted for it
 * v1     directory ids of the voters (KIP-853)
 */
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
