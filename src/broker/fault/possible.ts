import { partitionOf } from '../../protocol/coordinator-partition.ts';
import { OFFSETS_TOPIC } from '../../protocol/internal-topics.ts';
import { otherLeader } from '../controller/decision.ts';
import type { MetadataImage } from '../image.ts';
import { parseFault } from './grammar.ts';

/** Why a fault cannot be injected into this cluster, in words for whoever set it; null where it can. */
export function impossibleFault(image: MetadataImage, key: string, value: string, resource: string): string | null {
  const parsed = parseFault(key, value, resource);
  if ('problem' in parsed) return parsed.problem;
  const { fault, on } = parsed;
  const reject = (why: string): string => `Invalid value ${value} for configuration ${key}: ${why}`;
  const own = resource === '' ? (on ?? []) : [Number(resource)];
  const peers = 'to' in fault ? fault.to.filter((peer) => typeof peer === 'number') : [];
  const unknown = [...own, ...peers].find((id) => !image.brokers.has(id));
  if (unknown !== undefined) {
    return reject(
      `there is no broker ${unknown}; there are ${[...image.brokers.keys()].sort((a, b) => a - b).join(', ')}`,
    );
  }
  const self = own.find((id) => peers.includes(id));
  if (self !== undefined) return reject(`a broker has no link to itself (${self})`);
  if (fault.fault !== 'move-coordinator') return null;
  const partitions = image.topics.get(OFFSETS_TOPIC)?.partitions ?? [];
  const partition = partitions[partitionOf(fault.group, partitions.length)];
  if (partition === undefined) return reject(`${OFFSETS_TOPIC} does not exist yet: no group has a coordinator`);
  if (otherLeader(image, partition) !== undefined) return null;
  return reject(
    `no other replica of ${OFFSETS_TOPIC}-${partition.partition} is alive and in sync: broker ${partition.leader} stays the coordinator`,
  );
}
