import { message, uuid } from '../schema/index.ts';

/** An ACL was deleted (KIP-801). */
export const RemoveAccessControlEntryRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    id: uuid('0+'),
  },
});
