import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseProperties } from '../../../client/properties-file.ts';
import type { ClientConfig } from '../../../diagnose/model.ts';

/** Settings that can hold a secret never enter the evidence: it is saved, and shown to others. */
const SECRET = /password|secret|jaas|credential|private|keystore\.key|token|api\.?key/i;

/** Reads a client's properties file. Throws what reading or parsing throws, with the file's name in it. */
export function readClientConfig(path: string): ClientConfig {
  const properties = [...parseProperties(readFileSync(path, 'utf8'), path).values()]
    .filter(({ key }) => !SECRET.test(key))
    .map(({ key, value }): [string, string] => [key, value]);
  return { file: basename(path), properties: Object.fromEntries(properties) };
}
