import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type FileKind, fileKind, type PartitionName, partitionName } from './file-kind.ts';
import { type SourceError, sourceError } from './source.ts';

/** One file to look at. */
export interface LocatedFile {
  readonly path: string;
  readonly kind: FileKind;
}

/** A directory with the files of one partition; or loose files that were named one by one. */
export interface LocatedPartition {
  readonly directory: string;
  readonly name: PartitionName | null;
  /** All files of the directory, or only those that were named; sorted by offset and type. */
  readonly files: readonly LocatedFile[];
  /** Whether all files of the directory are here. */
  readonly complete: boolean;
}

/** What a broker keeps in the root of a log directory. */
export interface LocatedRoot {
  readonly directory: string;
  readonly files: readonly LocatedFile[];
}

export interface Located {
  readonly roots: readonly LocatedRoot[];
  readonly partitions: readonly LocatedPartition[];
  readonly problems: readonly SourceError[];
}

/**
 * Finds what is meant by paths: files, directories of partitions, whole log directories, and patterns with * and ? that no
 * shell has expanded. Reads names only.
 */
export function locate(paths: readonly string[]): Located {
  const found = new Found();
  for (const path of paths) {
    for (const each of expand(path, found.problems)) found.add(each);
  }
  return found.result();
}

class Found {
  readonly problems: SourceError[] = [];
  readonly #roots: LocatedRoot[] = [];
  readonly #partitions: LocatedPartition[] = [];
  readonly #loose = new Map<string, LocatedFile[]>();

  add(path: string): void {
    try {
      const stat = statSync(path);
      if (stat.isDirectory() && !isKafkaFile(path)) this.#addDirectory(path, new Set());
      else if (stat.isFile()) this.#addFile(path);
      else this.problems.push(problem(stat.isDirectory() ? 'EISDIR' : 'ENOTFILE', path));
    } catch (error) {
      this.problems.push(sourceError(error, path));
    }
  }

  result(): Located {
    const loose = [...this.#loose].map(([directory, files]) => ({
      directory,
      name: partitionName(directory),
      files: files.sort(inOrder),
      complete: false,
    }));
    return { roots: this.#roots, partitions: [...this.#partitions, ...loose], problems: this.problems };
  }

  #addFile(path: string): void {
    const directory = dirname(path);
    const files = this.#loose.get(directory) ?? [];
    if (files.length === 0) this.#loose.set(directory, files);
    files.push({ path, kind: fileKind(path) });
  }

  /** `within`: the directories on the way here, as they really are, so that a link that leads back ends. */
  #addDirectory(directory: string, within: ReadonlySet<string>): void {
    const real = realpathSync(directory);
    if (within.has(real)) {
      this.problems.push(problem('ELOOP', directory, 'a link that leads back to where it lies'));
      return;
    }
    const entries = readdirSync(directory, { withFileTypes: true });
    const files = entries
      .filter((entry) => !isDirectory(directory, entry) || isKafkaFile(entry.name))
      .map((entry) => ({ path: join(directory, entry.name), kind: fileKind(entry.name) }))
      .sort(inOrder);
    const inside = entries
      .filter((entry) => isDirectory(directory, entry) && partitionName(entry.name) !== null)
      .map((entry) => entry.name)
      .sort(byPartition);
    if (
      inside.length === 0 &&
      partitionName(directory) === null &&
      files.every(({ kind }) => kind.type === 'unknown')
    ) {
      this.problems.push(problem('ENOKAFKA', directory, "none of Kafka's files is in it"));
      return;
    }
    const isPartition = partitionName(directory) !== null || files.some(({ kind }) => kind.type === 'log');
    if (inside.length === 0 || (isPartition && files.some(({ kind }) => kind.type === 'log'))) {
      this.#partitions.push({ directory, name: partitionName(directory), files, complete: true });
      return;
    }
    this.#roots.push({ directory, files: files.filter(({ kind }) => kind.type !== 'unknown' && kind.type !== 'log') });
    for (const name of inside) {
      try {
        this.#addDirectory(join(directory, name), new Set([...within, real]));
      } catch (error) {
        this.problems.push(sourceError(error, join(directory, name)));
      }
    }
  }
}

/** A problem that is ours to find, in the operating system's words. */
function problem(code: string, path: string, message = code): SourceError {
  return sourceError(Object.assign(new Error(message), { code }), path);
}

/** Whether a name is that of one of Kafka's files, whatever lies there. */
function isKafkaFile(path: string): boolean {
  const { type, offset } = fileKind(path);
  return type !== 'unknown' && (offset !== null || basename(path) === 'leader-epoch-checkpoint');
}

function isDirectory(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(join(parent, entry.name)).isDirectory();
  } catch (error) {
    // Where a link leads nowhere is told when it is opened.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** By offset, the log before what belongs to it; files without an offset behind. */
function inOrder(a: LocatedFile, b: LocatedFile): number {
  const offset = (file: LocatedFile): number => file.kind.offset ?? Number.MAX_SAFE_INTEGER;
  const rank = (file: LocatedFile): number => (file.kind.type === 'log' ? 0 : 1);
  return offset(a) - offset(b) || rank(a) - rank(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/** `orders-2` before `orders-10`. */
function byPartition(a: string, b: string): number {
  const left = partitionName(a);
  const right = partitionName(b);
  if (left === null || right === null || left.topic !== right.topic) return a < b ? -1 : 1;
  return left.partition - right.partition || (a < b ? -1 : 1);
}

/** Expands * and ? in the parts of a path; one without them, or that names a file as it is, stays as it is. */
function expand(path: string, problems: SourceError[]): readonly string[] {
  if (!/[*?]/.test(path) || statSync(path, { throwIfNoEntry: false }) !== undefined) return [path];
  const pattern = basename(path);
  const names: string[] = [];
  for (const directory of expand(dirname(path), problems)) {
    if (!/[*?]/.test(pattern)) {
      names.push(join(directory, pattern));
      continue;
    }
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const regex = new RegExp(`^${source}$`);
    try {
      const matching = readdirSync(directory).filter((name) => regex.test(name) && !name.startsWith('.'));
      names.push(...matching.sort().map((name) => join(directory, name)));
    } catch (error) {
      problems.push(sourceError(error, directory));
    }
  }
  if (names.length === 0) {
    problems.push(problem('ENOENT', path));
  }
  return names;
}
