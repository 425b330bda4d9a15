import { int8, message, string, uuid } from '../schema/index.ts';

/** An ACL was created (KIP-801). */
export const AccessControlEntryRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    id: uuid('0+'),
    resourceType: int8('0+'),
    resourceName: string('0+'),
    patternType: int8('0+'),
    principal: string('0+'),
    host: string('0+'),
    operation: int8('0+'),
    permissionType: int8('0+'),
  },
});
