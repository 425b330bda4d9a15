import { array, int8, int32, int64, message } from '../schema/index.ts';

/** BrokerRegistrationChangeRecord */
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
