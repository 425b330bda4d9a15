export { TransactionLogKey, TransactionLogValue } from './00-transaction-log.ts';
