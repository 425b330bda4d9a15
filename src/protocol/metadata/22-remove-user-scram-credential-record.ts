import { int8, message, string } from '../schema/index.ts';

/** SCRAM credentials of a user were removed (KIP-900). */
export const RemoveUserScramCredentialRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    mechanism: int8('0+'),
  },
});
