import { randomBytes } from 'node:crypto';

/** `1120-1415-3f9a`: short enough to type, with the minute (UTC) that it was made in. */
export function newPlanId(at: string): string {
  const [, month, day, hour, minute] = /^\d+-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(at) ?? [];
  return `${month}${day}-${hour}${minute}-${randomBytes(3).toString('hex')}`;
}
