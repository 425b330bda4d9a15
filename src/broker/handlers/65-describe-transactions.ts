/*
 * DescribeTransactions (key 65)
 *
 * 0  state of transactions by transactional id (KIP-664)
 */
import { DescribeTransactions } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { handler } from '../handler.ts';

/** No transaction is coordinated here, so none is known: with that answer tools tell a hanging one from one that is under way. */
export const describeTransactionsHandler = handler({
  api: DescribeTransactions,
  versions: '0',
  handle({ transactionalIds }, _context, reply) {
    const errorCode = ErrorCode.TRANSACTIONAL_ID_NOT_FOUND;
    reply({ transactionStates: transactionalIds.map((transactionalId) => ({ transactionalId, errorCode })) });
  },
});
