import { createRequire } from 'node:module';
import { protocolErrors } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { ErrorCode, errorName, isRetriable, isStaleMetadata } from '../../src/protocol/errors.ts';

interface KafkaJsError {
  readonly type: string;
  readonly code: number;
  readonly retriable: boolean;
}
const { errorCodes } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as { errorCodes: KafkaJsError[] };

/** Codes that were renamed after kafkajs was written. */
const RENAMED: Readonly<Record<string, string>> = {
  NOT_LEADER_FOR_PARTITION: 'NOT_LEADER_OR_FOLLOWER',
  UNKNOWN: 'UNKNOWN_SERVER_ERROR',
  GROUP_LOAD_IN_PROGRESS: 'COORDINATOR_LOAD_IN_PROGRESS',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'COORDINATOR_NOT_AVAILABLE',
  NOT_COORDINATOR_FOR_GROUP: 'NOT_COORDINATOR',
};

describe('error codes', () => {
  it('have the names that kafkajs knows', () => {
    expect(errorCodes.length).toBeGreaterThan(80);
    for (const { type, code } of errorCodes) expect([code, errorName(code)]).toEqual([code, RENAMED[type] ?? type]);
  });

  it('run from -1 to the newest without a gap, each once', () => {
    const codes = Object.values(ErrorCode).sort((a, b) => a - b);
    expect(codes).toEqual(Array.from({ length: codes.length }, (_, i) => i - 1));
    expect(codes.length).toBeGreaterThan(130);
  });

  it('a name and its code are each other', () => {
    for (const [name, code] of Object.entries(ErrorCode)) expect(errorName(code)).toBe(name);
    expect(ErrorCode.GROUP_ID_NOT_FOUND).toBe(69);
    expect(ErrorCode.STALE_MEMBER_EPOCH).toBe(113);
  });

  it('a code that is newer than the table is named by its number, and is not retried', () => {
    expect(errorName(9999)).toBe('ERROR_9999');
    expect(isRetriable(9999)).toBe(false);
    expect(isStaleMetadata(9999)).toBe(false);
  });

  it('what says "wrong broker" is always worth a retry after a new look', () => {
    for (const code of Object.values(ErrorCode)) if (isStaleMetadata(code)) expect(isRetriable(code)).toBe(true);
    expect(isStaleMetadata(ErrorCode.NOT_LEADER_OR_FOLLOWER)).toBe(true);
    expect(isRetriable(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)).toBe(true);
    expect(isRetriable(ErrorCode.UNKNOWN_MEMBER_ID)).toBe(false);
    expect(isRetriable(ErrorCode.NONE)).toBe(false);
  });

  it('are retried where @platformatic/kafka retries, too', () => {
    for (const { id, code, canRetry } of Object.values(protocolErrors)) {
      expect([id, isRetriable(code)]).toEqual([id, canRetry]);
    }
  });
});
