import { api, array, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * The transactions that one broker coordinates (KIP-664): a whole list needs every broker.
 *
 * v0     filters by state and producer; flexible from the start
 * v1     filter by duration (KIP-994)
 * v2     filter by a pattern of transactional ids (KIP-1152)
 */
export const ListTransactions = api({
  key: 66,
  name: 'ListTransactions',
  request: message({
    versions: '0-2',
    flexible: '0+',
    fields: {
      stateFilters: array('0+', 'string'),
      producerIdFilters: array('0+', 'int64'),
      durationFilter: int64('1+', { default: -1 }),
      transactionalIdPattern: string('2+', { nullable: '2+', default: null }),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      unknownStateFilters: array('0+', 'string'),
      transactionStates: array('0+', {
        transactionalId: string('0+'),
        producerId: int64('0+'),
        transactionState: string('0+'),
      }),
    },
  }),
});
