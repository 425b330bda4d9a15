import { int32, int64, message } from '../schema/index.ts';

/** ProducerIdsRecord */
export const ProducerIdsRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    nextProducerId: int64('0+'),
  },
});
