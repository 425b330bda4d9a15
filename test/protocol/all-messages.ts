import * as apis from '../../src/protocol/api/index.ts';
import * as coordinator from '../../src/protocol/coordinator/index.ts';
import * as data from '../../src/protocol/data/index.ts';
import * as metadata from '../../src/protocol/metadata/index.ts';
import type { Api, Message } from '../../src/protocol/schema/index.ts';
import * as share from '../../src/protocol/share/index.ts';
import * as transaction from '../../src/protocol/transaction/index.ts';

export const ALL_APIS: readonly Api[] = Object.values(apis);

export const RECORDS: Readonly<Record<string, Message>> = {
  ...coordinator,
  ...data,
  ...metadata,
  ...share,
  ...transaction,
};

/** Every message of the protocol room under Kafka's own name of it. */
export const ALL_MESSAGES: ReadonlyMap<string, Message> = new Map([
  ...ALL_APIS.flatMap((api): [string, Message][] => [
    [`${api.name}Request`, api.request],
    [`${api.name}Response`, api.response],
  ]),
  ...Object.entries(RECORDS),
]);

/** The versions of a message, lowest first. */
export function versionsOf(message: Message): number[] {
  return Array.from({ length: message.versions.max - message.versions.min + 1 }, (_, i) => message.versions.min + i);
}
