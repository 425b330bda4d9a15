import type { VersionRange } from '../../protocol/schema/index.ts';
import { versionRange } from '../../protocol/schema/index.ts';
import type { Handler } from '../handler.ts';

export interface Served {
  readonly handler: Handler;
  readonly versions: VersionRange;
}

/** What a node serves, by API key. Two handlers for one key are a mistake of the program. */
export type HandlerTable = ReadonlyMap<number, Served>;

export function handlerTable(handlers: Iterable<Handler>): HandlerTable {
  const table = new Map<number, Served>();
  for (const handler of handlers) {
    const { key, name } = handler.api;
    if (table.has(key)) throw new Error(`two handlers for ${name} (${key})`);
    table.set(key, { handler, versions: versionRange(handler.versions) });
  }
  return table;
}
