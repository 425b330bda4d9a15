import { bytes, int8, int32, message, string } from '../schema/index.ts';

/** SCRAM credentials of a user were set (KIP-900). */
export const UserScramCredentialRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    name: string('0+'),
    mechanism: int8('0+'),
    salt: bytes('0+'),
    storedKey: bytes('0+'),
    serverKey: bytes('0+'),
    iterations: int32('0+'),
  },
});
