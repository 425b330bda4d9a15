import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALL_APIS, versionsOf } from './all-messages.ts';

const folder = join(import.meta.dirname, '../../src/protocol/api');
const files = readdirSync(folder).filter((name) => /^\d/.test(name));

describe('each API file opens with a ledger of its versions', () => {
  it.each(ALL_APIS.map((api) => [api.name, api] as const))('%s', (_, api) => {
    const file = files.find((name) => name.startsWith(`${String(api.key).padStart(2, '0')}-`)) ?? '';
    const ledger = /\/\*\*([\s\S]*?)\*\/\s*export const/.exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? '';
    const lines = [...ledger.matchAll(/^ \* v(\d+) +(.*)$/gm)].map(([, version, text]) => ({
      version: Number(version),
      text: text ?? '',
    }));
    expect(lines.map((line) => line.version)).toEqual(versionsOf(api.request));
    const { min } = api.request.flexible;
    const first = lines.find((line) => line.version === min)?.text ?? ledger;
    expect(first).toMatch(min > api.request.versions.max ? /never flexible/i : /flexible/);
  });

  it('one file per API, named by its key', () => {
    expect(files.length).toBe(ALL_APIS.length);
  });
});
