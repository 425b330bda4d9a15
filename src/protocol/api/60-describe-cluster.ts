import { api, array, bool, int8, int16, int32, message, string } from '../schema/index.ts';

/**
 * Cluster id, controller and brokers (KIP-700). Trap: on a broker the controller id is any broker that takes admin
 * requests.
 *
 * v0     flexible from the start
 * v1     endpoint type: brokers or controllers, and the errors of asking the wrong one (KIP-919)
 * v2     fenced brokers on request (KIP-1073)
 */
export const DescribeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  request: message({
    versions: '0-2',
    flexible: '0+',
    fields: {
      includeClusterAuthorizedOperations: bool('0+'),
      endpointType: int8('1+', { default: 1 }),
      includeFencedBrokers: bool('2+'),
    },
  }),
  response: message({
    versions: '0-2',
    flexible: '0+',
    fields: {
      throttleTimeMs: int32('0+'),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
      endpointType: int8('1+', { default: 1 }),
      clusterId: string('0+'),
      controllerId: int32('0+', { default: -1 }),
      brokers: array('0+', {
        brokerId: int32('0+'),
        host: string('0+'),
        port: int32('0+'),
        rack: string('0+', { nullable: '0+', default: null }),
        isFenced: bool('2+'),
      }),
      clusterAuthorizedOperations: int32('0+', { default: -2147483648 }),
    },
  }),
});
