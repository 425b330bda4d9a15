import { array, int8, int32, int64, message } from '../schema/index.ts';

/**
 * What changed in a broker's registration; a tag that is absent means no change.
 *
 * v0     fenced or not
 * v1     in controlled shutdown (KIP-841)
 * v2     log directory ids (KIP-858)
 * v3     cordoned log directories (KIP-1066)
 */
export const BrokerRegistrationChangeRecord = message({
  versions: '0-3',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
    fenced: int8('0+', { tag: 0 }),
    inControlledShutdown: int8('1+', { tag: 1 }),
    logDirs: array('2+', 'uuid', { tag: 2 }),
    cordonedLogDirs: array('3+', 'uuid', { nullable: '3+', tag: 3, default: null }),
  },
});
