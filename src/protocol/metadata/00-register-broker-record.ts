import { array, bool, int16, int32, int64, message, string, uint16, uuid } from '../schema/index.ts';

/**
 * A broker came, or came again with a new incarnation.
 *
 * v0     endpoints, features, rack, fenced
 * v1     in controlled shutdown (KIP-841)
 * v2     migrating from ZooKeeper (KIP-866)
 * v3     log directory ids, as a tag (KIP-858)
 * v4     cordoned log directories, as a tag (KIP-1066)
 */
export const RegisterBrokerRecord = message({
  versions: '0-4',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    isMigratingZkBroker: bool('2+'),
    incarnationId: uuid('0+'),
    brokerEpoch: int64('0+'),
    endPoints: array('0+', {
      name: string('0+'),
      host: string('0+'),
      port: uint16('0+'),
      securityProtocol: int16('0+'),
    }),
    features: array('0+', {
      name: string('0+'),
      minSupportedVersion: int16('0+'),
      maxSupportedVersion: int16('0+'),
    }),
    rack: string('0+', { nullable: '0+' }),
    fenced: bool('0+', { default: true }),
    inControlledShutdown: bool('1+'),
    logDirs: array('3+', 'uuid', { tag: 0 }),
    cordonedLogDirs: array('4+', 'uuid', { nullable: '4+', tag: 1, default: null }),
  },
});
