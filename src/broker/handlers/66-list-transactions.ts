/*
 * ListTransactions (key 66)
 *
 * 0  the transactions that this broker coordinates, by state and producer (KIP-664)
 * 1  filter by duration (KIP-994)
 * 2  filter by a pattern of transactional ids (KIP-1152)
 */
import { ListTransactions } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { handler } from '../handler.ts';

const STATES = new Set([
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
]);

/** None: no transaction is coordinated here. */
export const listTransactionsHandler = handler({
  api: ListTransactions,
  versions: '0-2',
  handle({ stateFilters }, _context, reply) {
    const unknownStateFilters = stateFilters.filter((state) => !STATES.has(state));
    reply({ errorCode: ErrorCode.NONE, unknownStateFilters, transactionStates: [] });
  },
});
