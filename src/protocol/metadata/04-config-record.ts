import { int8, message, string } from '../schema/index.ts';

/** One config of one resource was set; a null value removes it. */
export const ConfigRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    resourceType: int8('0+'),
    resourceName: string('0+'),
    name: string('0+'),
    value: string('0+', { nullable: '0+' }),
  },
});
