import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DumpSink } from './dump-sink.ts';

const BLOCK = 1024 * 1024;

/**
 * Standard input as a file that can be read at any position: copied to a temporary one (mode 0600), whatever its size.
 * `remove` deletes it.
 */
export function spoolStdin(): { readonly path: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'kmedic-stdin-'));
  const path = join(directory, 'stdin.log');
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const block = Buffer.allocUnsafe(BLOCK);
  try {
    const fd = openSync(path, 'wx', 0o600);
    try {
      for (;;) {
        const got = readSync(0, block, 0, BLOCK, null);
        if (got === 0) break;
        for (let done = 0; done < got; ) done += writeSync(fd, block, done, got - done);
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

/** A sink that knows a file by another name: nobody asked for the name of a temporary one. */
export function underName(sink: DumpSink, path: string, name: string): DumpSink {
  const named = (given: string): string => (given === path ? name : given);
  return {
    begin: (file) => sink.begin({ ...file, path: named(file.path) }),
    batch: (batch) => sink.batch(batch),
    record: (record) => sink.record(record),
    entries: (type, entries) => sink.entries(type, entries),
    finding: (found) => sink.finding({ ...found, file: named(found.file) }),
    end: (summary) => sink.end(summary),
    close: (errors) => sink.close(errors),
  };
}
