import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A changed copy of a file, in a directory of its own. `change` may return other bytes. */
export function damagedCopy(
  path: string,
  change: (bytes: Buffer) => Buffer | undefined,
): { readonly path: string; readonly directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-segments-'));
  const bytes = readFileSync(path);
  const copy = join(directory, basename(path));
  writeFileSync(copy, change(bytes) ?? bytes);
  return { path: copy, directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
