import { int32, int64, message } from '../schema/index.ts';

/** A block of producer ids was given to a broker (KIP-730). */
export const ProducerIdsRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    nextProducerId: int64('0+'),
  },
});
