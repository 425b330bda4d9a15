/** Kafka's names and codes of the errors that a log answers with. */
export const LOG_ERROR_CODES = {
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  MESSAGE_TOO_LARGE: 10,
  RECORD_LIST_TOO_LARGE: 18,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  TRANSACTION_COORDINATOR_FENCED: 52,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  INVALID_RECORD: 87,
} as const;

export type LogErrorName = keyof typeof LOG_ERROR_CODES;

/** Why the log refused a read or an append. Nothing was changed by the call that threw it. Disk trouble is a DiskError. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly errorName: LogErrorName;
  /** Kafka's error code for `errorName`. */
  readonly errorCode: number;

  constructor(errorName: LogErrorName, message: string) {
    super(message);
    this.errorName = errorName;
    this.errorCode = LOG_ERROR_CODES[errorName];
  }
}
