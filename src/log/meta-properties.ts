import { type Disk, readFile, replaceFile } from './disk.ts';

const META_PROPERTIES = 'meta.properties';

/** Whose log directory this is. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  /** 22 characters; null in files of version 0. */
  readonly directoryId: string | null;
}

/** A `meta.properties` that cannot be read as one. */
export class MetaPropertiesError extends Error {
  override readonly name = 'MetaPropertiesError';
}

/** The properties of a log directory; null when it has none (it is new, or it is no log directory). */
export function readMetaProperties(disk: Disk): MetaProperties | null {
  const content = readFile(disk, META_PROPERTIES);
  return content === null ? null : parseMetaProperties(content.toString('utf8'));
}

/** Parses version 1 (node.id, cluster.id, directory.id) and version 0 (broker.id). */
export function parseMetaProperties(text: string): MetaProperties {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:]+)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], match[2].replaceAll('\\', ''));
  }
  const version = values.get('version') ?? '0';
  if (version !== '0' && version !== '1') {
    throw new MetaPropertiesError(`${META_PROPERTIES}: version ${version} is not known`);
  }
  const nodeId = values.get(version === '1' ? 'node.id' : 'broker.id') ?? values.get('node.id');
  const clusterId = values.get('cluster.id');
  if (nodeId === undefined || !/^\d+$/.test(nodeId)) throw new MetaPropertiesError(`${META_PROPERTIES}: no node.id`);
  if (clusterId === undefined || clusterId === '') throw new MetaPropertiesError(`${META_PROPERTIES}: no cluster.id`);
  return { clusterId, nodeId: Number(nodeId), directoryId: values.get('directory.id') ?? null };
}

export function writeMetaProperties(disk: Disk, properties: MetaProperties): void {
  const lines = ['version=1', `cluster.id=${properties.clusterId}`, `node.id=${properties.nodeId}`];
  if (properties.directoryId !== null) lines.push(`directory.id=${properties.directoryId}`);
  replaceFile(disk, META_PROPERTIES, Buffer.from(`${lines.join('\n')}\n`));
}
