import { api, array, bool, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Log directories of one broker, with the size and lag of each replica (KIP-113). Null topics means all.
 *
 * v1     throttled answers come before the pause (KIP-219)
 * v2     first flexible version (KIP-482)
 * v3     response: an error for the whole request (KIP-784)
 * v4     response: total and usable bytes of the volume (KIP-827)
 * v5     response: whether a directory is cordoned (KIP-1066)
 */
export const DescribeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  request: message({
    versions: '1-5',
    flexible: '2+',
    fields: {
      topics: array(
        '0+',
        {
          topic: string('0+'),
          partitions: array('0+', 'int32'),
        },
        { nullable: '0+' },
      ),
    },
  }),
  response: message({
    versions: '1-5',
    flexible: '2+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('3+', { ignorable: true }),
      results: array('0+', {
        errorCode: int16('0+'),
        logDir: string('0+'),
        topics: array('0+', {
          name: string('0+'),
          partitions: array('0+', {
            partitionIndex: int32('0+'),
            partitionSize: int64('0+'),
            offsetLag: int64('0+'),
            isFutureKey: bool('0+'),
          }),
        }),
        totalBytes: int64('4+', { default: -1, ignorable: true }),
        usableBytes: int64('4+', { default: -1, ignorable: true }),
        isCordoned: bool('5+', { ignorable: true }),
      }),
    },
  }),
});
