import { int32, int64, message } from '../schema/index.ts';

/** A broker was taken out of the cluster by an operator. */
export const UnregisterBrokerRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
  },
});
