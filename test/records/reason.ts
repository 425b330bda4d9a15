import { RecordError } from '../../src/records/index.ts';

/** Why `run` throws: the reason of its RecordError, or 'none' where it does not throw. */
export function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RecordError) return error.reason;
    throw error;
  }
  return 'none';
}
