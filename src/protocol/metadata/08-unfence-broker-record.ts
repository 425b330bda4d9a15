import { int32, int64, message } from '../schema/index.ts';

/** A broker was unfenced: the form before BrokerRegistrationChangeRecord. */
export const UnfenceBrokerRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    id: int32('0+'),
    epoch: int64('0+'),
  },
});
