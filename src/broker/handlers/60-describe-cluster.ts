import { DescribeCluster } from '../../protocol/api/60-describe-cluster.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import { handler } from '../handler.ts';
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED } from './describe-partitions.ts';

const ENDPOINT_BROKERS = 1;
const ENDPOINT_CONTROLLERS = 2;

/**
 * DescribeCluster
 *
 * v1     brokers or controllers (KIP-919); this listener knows brokers only
 * v2     fenced brokers, when asked for (KIP-1073)
 */
export const describeClusterHandler = handler<typeof DescribeCluster>({
  api: DescribeCluster,
  versions: '0-2',
  handle(request, context, reply) {
    const image = context.node.image();
    if (request.endpointType !== ENDPOINT_BROKERS) {
      const isController = request.endpointType === ENDPOINT_CONTROLLERS;
      reply({
        errorCode: isController ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: isController
          ? 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
          : `Unsupported endpoint type ${request.endpointType}`,
        clusterId: '',
      });
      return;
    }
    const brokers = [...image.brokers.values()]
      .filter((broker) => request.includeFencedBrokers || !broker.fenced)
      .sort((a, b) => a.id - b.id);
    reply({
      clusterId: image.clusterId,
      controllerId: image.controllerId,
      brokers: brokers.map(({ id, host, port, rack, fenced }) => ({
        brokerId: id,
        host,
        port,
        rack,
        ...(context.apiVersion >= 2 ? { isFenced: fenced } : {}),
      })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : OPERATIONS_NOT_ASKED,
    });
  },
});
