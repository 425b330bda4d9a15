import { int8, message, string } from '../schema/index.ts';

/** ConfigRecord */
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
