import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { whyNoFile } from '../../../client/file-reason.ts';
import { parseProperties } from '../../../client/properties-file.ts';
import type { ClientConfig } from '../../../diagnose/model.ts';
import { usage } from '../../failure.ts';

/** Settings that can hold a secret never enter the evidence: it is saved, and shown to others. */
const SECRET = /password|secret|jaas|credential|private|keystore\.key|token|api\.?key/i;

/** Reads a client's properties file. Throws what parsing throws, with the file's name in it, and a Failure where it cannot be read. */
export function readClientConfig(path: string): ClientConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw usage(`cannot read ${path}: ${whyNoFile(error)}`, "--client-config is a client's own properties file");
  }
  const properties = [...parseProperties(text, path).values()]
    .filter(({ key }) => !SECRET.test(key))
    .map(({ key, value }): [string, string] => [key, value]);
  return { file: basename(path), path, properties: Object.fromEntries(properties) };
}
