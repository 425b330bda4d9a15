import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Disk } from '../../log/disk.ts';
import { MetaPropertiesError, readMetaProperties, writeMetaProperties } from '../../log/meta-properties.ts';
import { FileDisk } from '../../log/shell/file-disk.ts';
import type { Random } from '../env.ts';
import { lockDirectory } from './directory-lock.ts';
import { ClusterStartError, errorCodeOf } from './start-error.ts';

/** Says whose directory it is: written before anything else is. */
const CLUSTER_FILE = 'kmedic-cluster.json';
const OWN_NAMES = /^(?:kmedic-cluster\.json(?:\.tmp)?|\.lock|node-\d+)$/;

interface ClusterFile {
  readonly version: 1;
  readonly clusterId: string;
  readonly nodes: number;
}

/** The directory of a cluster: one log directory in Kafka's layout for each node, `node-1` and so on. */
export interface DataDirectory {
  readonly clusterId: string;
  disk(nodeId: number): Disk;
  /** The log directory of a node, in the file system. */
  path(nodeId: number): string;
  release(): void;
}

/**
 * Takes a directory for a cluster of `nodes` nodes, new or as it was left. Throws ClusterStartError, and changes
 * nothing, where it cannot be written, belongs to something else or to another cluster, or is in use.
 */
export function openDataDirectory(path: string, nodes: number, random: Random): DataDirectory {
  const root = resolve(path);
  const names = prepare(root);
  const foreign = names.find((name) => !OWN_NAMES.test(name));
  if (foreign !== undefined) {
    throw new ClusterStartError('directory-foreign', `${root} holds files that are not a cluster's: ${foreign}`, {
      directory: root,
      file: foreign,
    });
  }
  const lock = guarded(root, () => lockDirectory(root));
  try {
    const clusterId = claim(root, nodes, random);
    const disks = new Map<number, Disk>();
    for (let id = 1; id <= nodes; id++) disks.set(id, openNode(root, id, clusterId, random));
    return {
      clusterId,
      disk: (id) => nodeDisk(disks, id),
      path: (id) => nodePath(root, id),
      release: () => lock.release(),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A cluster's identity in memory: the same files, on disks that die with the process. */
export function markDisk(disk: Disk, clusterId: string, nodeId: number, random: Random): void {
  writeMetaProperties(disk, { clusterId, nodeId, directoryId: random.uuid() });
}

function nodeDisk(disks: ReadonlyMap<number, Disk>, id: number): Disk {
  const disk = disks.get(id);
  if (disk === undefined) throw new RangeError(`there is no node ${id}`);
  return disk;
}

function nodePath(root: string, id: number): string {
  return join(root, `node-${id}`);
}

function prepare(root: string): string[] {
  return guarded(root, () => {
    makeDirectories(root);
    return readdirSync(root);
  });
}

/** Node's own recursive mkdir never returns where a file system refuses a name although its parent exists (/proc). */
function makeDirectories(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeDirectories(parent);
    mkdirSync(path);
  }
}

/** The cluster id of the directory; a new one where there is none yet. */
function claim(root: string, nodes: number, random: Random): string {
  const path = join(root, CLUSTER_FILE);
  const found = guarded(root, () => readClusterFile(path, root));
  if (found === null) {
    const clusterId = random.uuid();
    const content: ClusterFile = { version: 1, clusterId, nodes };
    guarded(root, () => {
      writeFileSync(`${path}.tmp`, `${JSON.stringify(content)}\n`);
      renameSync(`${path}.tmp`, path);
    });
    return clusterId;
  }
  if (found.nodes !== nodes) {
    throw new ClusterStartError(
      'directory-mismatch',
      `${root} belongs to a cluster of ${found.nodes} nodes, not of ${nodes}`,
      { directory: root, nodes: found.nodes },
    );
  }
  return found.clusterId;
}

function readClusterFile(path: string, root: string): ClusterFile | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
  const content = parseJson(text);
  if (!isClusterFile(content)) {
    throw new ClusterStartError('directory-foreign', `${path} cannot be read as a cluster's`, {
      directory: root,
      file: CLUSTER_FILE,
    });
  }
  return content;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isClusterFile(content: unknown): content is ClusterFile {
  return (
    typeof content === 'object' &&
    content !== null &&
    'version' in content &&
    content.version === 1 &&
    'clusterId' in content &&
    typeof content.clusterId === 'string' &&
    'nodes' in content &&
    typeof content.nodes === 'number'
  );
}

function openNode(root: string, id: number, clusterId: string, random: Random): Disk {
  const directory = nodePath(root, id);
  return guarded(root, () => {
    const disk = new FileDisk(directory);
    const found = readProperties(disk, directory);
    if (found === null) {
      if (disk.list('').length > 0) {
        throw new ClusterStartError('directory-foreign', `${directory} has files, but no meta.properties`, {
          directory,
        });
      }
      markDisk(disk, clusterId, id, random);
    } else if (found.clusterId !== clusterId || found.nodeId !== id) {
      throw new ClusterStartError(
        'directory-mismatch',
        `${directory} belongs to node ${found.nodeId} of cluster ${found.clusterId}, not to node ${id} of ${clusterId}`,
        { directory, clusterId: found.clusterId, node: found.nodeId },
      );
    }
    return disk;
  });
}

function readProperties(disk: Disk, directory: string): ReturnType<typeof readMetaProperties> {
  try {
    return readMetaProperties(disk);
  } catch (error) {
    if (!(error instanceof MetaPropertiesError)) throw error;
    throw new ClusterStartError('directory-foreign', `${directory}: ${error.message}`, { directory }, { cause: error });
  }
}

/** Errors of the file system become the one error that says what to do about them. */
function guarded<T>(root: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ClusterStartError || !(error instanceof Error)) throw error;
    throw new ClusterStartError(
      'directory-denied',
      `${root} cannot be used: ${error.message}`,
      { directory: root },
      {
        cause: error,
      },
    );
  }
}
