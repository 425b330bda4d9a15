import { api, bytes, int16, int64, message, string } from '../schema/index.ts';

/**
 * SaslAuthenticate
 */
export const SaslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  request: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      authBytes: bytes('0+'),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '2+',
    fields: {
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      authBytes: bytes('0+'),
      sessionLifetimeMs: int64('1+', { ignorable: true }),
    },
  }),
});
