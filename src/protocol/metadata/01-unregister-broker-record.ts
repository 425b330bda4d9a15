import { int32, int64, message } from '../schema/index.ts';

/** UnregisterBrokerRecord */
export const UnregisterBrokerRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
  },
});
