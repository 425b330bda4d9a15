/*
 * ApiVersions (key 18)
 *
 * 0  keys and their version ranges
 * 1  throttle time
 * 3  flexible (the response header never is); client name and version; features (KIP-584)
 * 4  features whose lowest version is 0 may be told (KAFKA-17011)
 */
import { ApiVersions, Produce } from '../../protocol/api/index.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { type Handler, handler } from '../handler.ts';
import type { HandlerTable } from './index.ts';

const CLIENT_TEXT = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;
const CLIENT_TEXT_FROM = 3;
const ZERO_MINIMUM_FROM = 4;

/**
 * The features that this broker can serve, by name. Levels of what it does not serve are not told: a client that sees
 * group.version or transaction.version would use the new protocols.
 */
const SUPPORTED_FEATURES = [
  { name: 'metadata.version', minVersion: 7, maxVersion: 25 },
  { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 1 },
];

/** `table` is asked at each request: it is complete only after all handlers have been made. */
export function apiVersionsHandler(table: () => HandlerTable): Handler {
  return handler({
    api: ApiVersions,
    versions: '0-4',
    handle(request, context, reply) {
      const { apiVersion, node } = context;
      if (apiVersion >= CLIENT_TEXT_FROM && !isNamed(request.clientSoftwareName, request.clientSoftwareVersion)) {
        reply({ errorCode: ErrorCode.INVALID_REQUEST });
        return;
      }
      const { features } = node.image();
      const supported = SUPPORTED_FEATURES.filter(
        ({ minVersion }) => minVersion > 0 || apiVersion >= ZERO_MINIMUM_FROM,
      );
      const finalized = supported.filter(({ name }) => (features.get(name) ?? 0) > 0);
      reply({
        apiKeys: [...table()]
          .sort(([a], [b]) => a - b)
          .map(([key, { versions }]) => ({
            apiKey: key,
            minVersion: key === Produce.key ? PRODUCE_ADVERTISED_MIN : versions.min,
            maxVersion: versions.max,
          })),
        supportedFeatures: supported,
        finalizedFeaturesEpoch: node.image().offset,
        finalizedFeatures: finalized.map(({ name }) => ({
          name,
          maxVersionLevel: features.get(name) ?? 0,
          minVersionLevel: features.get(name) ?? 0,
        })),
      });
    },
  });
}

/** Versions 0 to 2 are told, but not served: librdkafka before 2.11 takes a higher minimum for "no compression". */
const PRODUCE_ADVERTISED_MIN = 0;

function isNamed(name: string, version: string): boolean {
  return CLIENT_TEXT.test(name) && CLIENT_TEXT.test(version);
}
