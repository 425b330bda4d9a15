import { int8, message, string } from '../schema/index.ts';

/** RemoveUserScramCredentialRecord */
export const RemoveUserScramCredentialRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    mechanism: int8('0+'),
  },
});
