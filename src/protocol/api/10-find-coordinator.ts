import { api, array, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Which broker coordinates a group (key type 0), a transactional id (1) or a share partition (2, key
 * `group:topicId:partition`). Trap: up to version 3 the answer is in the top-level fields, from 4 on in `coordinators`,
 * each with its own error.
 *
 * v0     groups only
 * v1     key type (KIP-98); response: error message, throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     first flexible version (KIP-482)
 * v4     many keys in one request (KIP-699)
 * v5     may answer TRANSACTION_ABORTABLE (KIP-890)
 * v6     share groups (KIP-932)
 */
export const FindCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  request: message({
    versions: '0-6',
    flexible: '3+',
    fields: {
      key: string('0-3'),
      keyType: int8('1+'),
      coordinatorKeys: array('4+', 'string'),
    },
  }),
  response: message({
    versions: '0-6',
    flexible: '3+',
    fields: {
      throttleTimeMs: int32('1+', { ignorable: true }),
      errorCode: int16('0-3'),
      errorMessage: string('1-3', { nullable: '1-3', ignorable: true }),
      nodeId: int32('0-3'),
      host: string('0-3'),
      port: int32('0-3'),
      coordinators: array('4+', {
        key: string('4+'),
        nodeId: int32('4+'),
        host: string('4+'),
        port: int32('4+'),
        errorCode: int16('4+'),
        errorMessage: string('4+', { nullable: '4+', ignorable: true }),
      }),
    },
  }),
});
