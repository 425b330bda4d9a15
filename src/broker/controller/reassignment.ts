import type { PartitionImage } from '../image.ts';

/**
 * Who holds a partition, and who of them comes and goes (KIP-455). While a reassignment runs, `replicas` are those that are
 * wanted in their order, and behind them those that leave.
 */
export interface Assignment {
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

export function assignmentOf(partition: PartitionImage): Assignment {
  return { replicas: partition.replicas, adding: partition.addingReplicas, removing: partition.removingReplicas };
}

/**
 * The way from what a partition has to `target`: everybody keeps a copy until those that are new have one. Another target
 * in the middle of it turns the replicas that are not wanted any more into ones that leave.
 */
export function towards(partition: PartitionImage, target: readonly number[]): Assignment {
  const settled = partition.replicas.filter((id) => !partition.addingReplicas.includes(id));
  const removing = partition.replicas.filter((id) => !target.includes(id)).sort((a, b) => a - b);
  return {
    replicas: [...target, ...removing],
    adding: target.filter((id) => !settled.includes(id)).sort((a, b) => a - b),
    removing,
  };
}

/** Where a cancelled reassignment goes back to. Kafka does not remember in which order the old replicas were. */
export function reverted(partition: PartitionImage): { assignment: Assignment; isr: readonly number[] } {
  const stays = (id: number): boolean => !partition.addingReplicas.includes(id);
  return {
    assignment: { replicas: partition.replicas.filter(stays), adding: [], removing: [] },
    isr: partition.isr.filter(stays),
  };
}

/** The end of a reassignment, once every new replica is in sync and somebody stays who is; null before that, and where none runs. */
export function completed(
  assignment: Assignment,
  isr: readonly number[],
): { assignment: Assignment; isr: readonly number[] } | null {
  const { replicas, adding, removing } = assignment;
  if (adding.length + removing.length === 0) return null;
  const stays = (id: number): boolean => !removing.includes(id);
  const rest = isr.filter(stays);
  if (rest.length === 0 || !adding.every((id) => rest.includes(id))) return null;
  return { assignment: { replicas: replicas.filter(stays), adding: [], removing: [] }, isr: rest };
}
