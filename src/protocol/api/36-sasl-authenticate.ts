import { api, bytes, int16, int64, message, string } from '../schema/index.ts';

/**
 * Carries SASL tokens after SaslHandshake 1 (KIP-152).
 *
 * v0     the token, both ways; response: error message
 * v1     response: session lifetime, after which the client must authenticate again (KIP-368)
 * v2     first flexible version (KIP-482)
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
