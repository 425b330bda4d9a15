import { api, array, bool, int16, int32, int64, message, string } from '../schema/index.ts';

/**
 * Which APIs and versions a broker serves; the first request on a connection. Traps: its response header stays at
 * version 0 even where the body is flexible, and an unknown version is answered in the layout of version 0 with
 * UNSUPPORTED_VERSION (KIP-511).
 *
 * v0     the ranges
 * v1     response: throttle time
 * v2     throttled answers come before the pause (KIP-219)
 * v3     first flexible version; client name and version (KIP-511); response: features, as tags (KIP-584)
 * v4     response: a feature's lowest version may be 0 (KAFKA-17011)
 */
export const ApiVersions = api({
  key: 18,
  name: 'ApiVersions',
  request: message({
    versions: '0-4',
    flexible: '3+',
    fields: {
      clientSoftwareName: string('3+', { ignorable: true }),
      clientSoftwareVersion: string('3+', { ignorable: true }),
    },
  }),
  response: message({
    versions: '0-4',
    flexible: '3+',
    fields: {
      errorCode: int16('0+'),
      apiKeys: array('0+', {
        apiKey: int16('0+'),
        minVersion: int16('0+'),
        maxVersion: int16('0+'),
      }),
      throttleTimeMs: int32('1+', { ignorable: true }),
      supportedFeatures: array(
        '3+',
        {
          name: string('3+'),
          minVersion: int16('3+'),
          maxVersion: int16('3+'),
        },
        { tag: 0, ignorable: true },
      ),
      finalizedFeaturesEpoch: int64('3+', { tag: 1, default: -1, ignorable: true }),
      finalizedFeatures: array(
        '3+',
        {
          name: string('3+'),
          maxVersionLevel: int16('3+'),
          minVersionLevel: int16('3+'),
        },
        { tag: 2, ignorable: true },
      ),
      zkMigrationReady: bool('3+', { tag: 3, ignorable: true }),
    },
  }),
});
