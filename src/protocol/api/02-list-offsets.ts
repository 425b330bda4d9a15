import { api, array, int8, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Finds an offset by time. Special times: -1 latest (last stable offset when isolation is 1), -2 earliest, and those
 * below. Trap: offset -1 without an error means that no record is as young as the time asked for.
 *
 * v1     one offset and its timestamp per partition, in place of a list (KIP-79)
 * v2     isolation level (KIP-98); response: throttle time
 * v3     throttled answers come before the pause (KIP-219)
 * v4     leader epochs, both ways (KIP-320)
 * v5     may answer OFFSET_NOT_AVAILABLE after an election (KIP-207)
 * v6     first flexible version (KIP-482)
 * v7     time -3: the record with the highest timestamp (KIP-734)
 * v8     time -4: start of the local log (KIP-405)
 * v9     time -5: last tiered offset (KIP-1005)
 * v10    remote lookups may take up to a given time (KIP-1075)
 * v11    time -6: earliest offset not yet uploaded (KIP-1023)
 */
export const ListOffsets = api({
  key: 2,
  name: 'ListOffsets',
  request: message({
    versions: '1-11',
    flexible: '6+',
    fields: {
      replicaId: int32('0+'),
      isolationLevel: int8('2+'),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          currentLeaderEpoch: int32('4+', { default: -1, ignorable: true }),
          timestamp: int64('0+'),
        }),
      }),
      timeoutMs: int32('10+', { ignorable: true }),
    },
  }),
  response: message({
    versions: '1-11',
    flexible: '6+',
    fields: {
      throttleTimeMs: int32('2+', { ignorable: true }),
      topics: array('0+', {
        name: string('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
          timestamp: int64('1+', { default: -1 }),
          offset: int64('1+', { default: -1 }),
          leaderEpoch: int32('4+', { default: -1 }),
        }),
      }),
    },
  }),
});
