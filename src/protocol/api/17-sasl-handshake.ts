import { api, array, int16, message, string } from '../schema/index.ts';

/**
 * Chooses a SASL mechanism. Never flexible, and frozen at 1: clients up to 2.4 negotiate it wrongly (KAFKA-9577).
 *
 * v0     bare SASL tokens follow on the connection, without Kafka headers
 * v1     SaslAuthenticate requests follow (KIP-152)
 */
export const SaslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  request: message({
    versions: '0-1',
    flexible: 'none',
    fields: {
      mechanism: string('0+'),
    },
  }),
  response: message({
    versions: '0-1',
    flexible: 'none',
    fields: {
      errorCode: int16('0+'),
      mechanisms: array('0+', 'string'),
    },
  }),
});
