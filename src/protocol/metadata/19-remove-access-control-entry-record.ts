import { message, uuid } from '../schema/index.ts';

/** RemoveAccessControlEntryRecord */
export const RemoveAccessControlEntryRecord = message({
  versions: '0',
  flexible: '0+',
  fields: {
    id: uuid('0+'),
  },
});
