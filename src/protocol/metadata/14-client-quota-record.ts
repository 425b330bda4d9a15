import { array, bool, float64, message, string } from '../schema/index.ts';

/** A client quota was set or removed. */
export const ClientQuotaRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    entity: array('0+', {
      entityType: string('0+'),
      entityName: string('0+', { nullable: '0+' }),
    }),
    key: string('0+'),
    value: float64('0+'),
    remove: bool('0+'),
  },
});
