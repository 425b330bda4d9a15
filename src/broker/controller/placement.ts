import type { Random } from '../env.ts';

export interface PlacementBroker {
  readonly id: number;
  readonly rack: string | null;
  /** Fenced brokers may hold replicas, but they never come first. */
  readonly fenced: boolean;
}

/** Why no placement is possible, in words for the client. */
export interface Unplaceable {
  readonly unplaceable: string;
}

/**
 * Replicas of new partitions: round robin over racks, and over the brokers of each rack, from a place that chance
 * picks, so that leaders and replicas are spread evenly and no rack holds two copies while another holds none.
 * `firstPartition` continues the round of a topic that grows.
 */
export function placeReplicas(
  brokers: readonly PlacementBroker[],
  count: number,
  replicationFactor: number,
  random: Random,
): number[][] | Unplaceable {
  const usable = [...brokers].sort((a, b) => a.id - b.id);
  if (usable.every((broker) => broker.fenced)) return { unplaceable: 'All brokers are currently fenced.' };
  if (replicationFactor > usable.length) {
    return {
      unplaceable: `The target replication factor of ${replicationFactor} cannot be reached because only ${usable.length} broker(s) are registered.`,
    };
  }
  const live = striped(usable.filter((broker) => !broker.fenced));
  const fenced = striped(usable.filter((broker) => broker.fenced));
  const start = random.below(live.length);
  const stride = random.below(live.length);
  return Array.from({ length: count }, (_, index) => {
    // After each full round the followers shift against the leaders, so that one dead broker's load spreads.
    const shift = stride + Math.floor(index / live.length);
    return onePartition(live, fenced, start + index, shift, replicationFactor);
  });
}

/** Brokers ordered so that neighbours are in different racks as far as possible. */
function striped(brokers: readonly PlacementBroker[]): PlacementBroker[] {
  const racks = new Map<string, PlacementBroker[]>();
  for (const broker of brokers) {
    const rack = broker.rack ?? '';
    racks.set(rack, [...(racks.get(rack) ?? []), broker]);
  }
  const columns = [...racks.keys()].sort().map((rack) => racks.get(rack) ?? []);
  const rounds = Math.max(0, ...columns.map((column) => column.length));
  const order: PlacementBroker[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const column of columns) {
      const broker = column[round];
      if (broker !== undefined) order.push(broker);
    }
  }
  return order;
}

function onePartition(
  live: readonly PlacementBroker[],
  fenced: readonly PlacementBroker[],
  leaderAt: number,
  shift: number,
  replicationFactor: number,
): number[] {
  const leader = live[leaderAt % live.length];
  if (leader === undefined) return [];
  const others = live.filter((broker) => broker !== leader);
  const rotated = rotate(others, (leaderAt % live.length) + shift);
  const chosen = [leader];
  const left = [...rotated, ...rotate(fenced, leaderAt)];
  while (chosen.length < replicationFactor) {
    const uses = (rack: string | null) => chosen.filter((broker) => broker.rack === rack).length;
    const fewest = Math.min(...left.map((broker) => uses(broker.rack)));
    const at = left.findIndex((broker) => uses(broker.rack) === fewest);
    const [next] = left.splice(at, 1);
    if (next === undefined) break;
    chosen.push(next);
  }
  return chosen.map((broker) => broker.id);
}

function rotate<T>(items: readonly T[], by: number): T[] {
  if (items.length === 0) return [];
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
