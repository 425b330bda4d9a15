import type { Random } from '../env.ts';
import type { BrokerImage, MetadataImage, PartitionImage, TopicImage } from '../image.ts';
import { type PendingRecord, pending } from '../metadata/record.ts';
import { changePartition, type ElectionRules } from './election.ts';

/** What a decision of the controller looks at. Decisions are pure: they give records, and the controller writes them. */
export interface ControllerView {
  readonly image: MetadataImage;
  readonly random: Random;
  /** The topic's min.insync.replicas and unclean.leader.election.enable, as configured on any level. */
  readonly minInsyncReplicas: (topic: string) => number;
  readonly unclean: (topic: string) => boolean;
}

export const ELR_FEATURE = 'eligible.leader.replicas.version';

/** Whether a broker may lead, or be in sync. */
export function isActive(broker: BrokerImage | undefined): boolean {
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown && !broker.logDirOffline;
}

/** Who could lead a partition instead of its leader: the next in-sync replica, in the order of assignment, that is alive. */
export function otherLeader(image: MetadataImage, { replicas, isr, leader }: PartitionImage): number | undefined {
  const at = replicas.indexOf(leader);
  return [...replicas.slice(at + 1), ...replicas.slice(0, at + 1)].find(
    (id) => id !== leader && isr.includes(id) && isActive(image.brokers.get(id)),
  );
}

/** The rules of an election in a topic, seen with the brokers of the image but for `override`. */
export function electionRules(
  view: ControllerView,
  topic: string,
  override: { readonly active?: number; readonly inactive?: number } = {},
): ElectionRules {
  return {
    isActive: (broker) =>
      broker !== override.inactive && (broker === override.active || isActive(view.image.brokers.get(broker))),
    elrEnabled: (view.image.features.get(ELR_FEATURE) ?? 0) >= 1,
    minInsyncReplicas: view.minInsyncReplicas(topic),
    unclean: view.unclean(topic),
  };
}

export function* allPartitions(image: MetadataImage): Generator<[TopicImage, PartitionImage]> {
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) yield [topic, partition];
  }
}

/** The records that take a broker out of every ISR and leadership that it holds. */
export function removeBroker(view: ControllerView, brokerId: number, uncleanShutdown: boolean): PendingRecord[] {
  const records: PendingRecord[] = [];
  for (const [topic, partition] of allPartitions(view.image)) {
    const involved =
      partition.leader === brokerId ||
      partition.isr.includes(brokerId) ||
      (uncleanShutdown && partition.elr.includes(brokerId));
    if (!involved) continue;
    const rules = electionRules(view, topic.name, { inactive: brokerId });
    const isr = partition.isr.filter((broker) => broker !== brokerId);
    const change = changePartition(partition, isr, uncleanShutdown ? { ...rules, uncleanShutdown: brokerId } : rules);
    if (change !== null) records.push(partitionChange(topic, partition, change));
  }
  return records;
}

/** The records that give leaders to partitions without one, now that `brokerId` may lead (or that rules changed). */
export function electLeaderless(
  view: ControllerView,
  override: { readonly active?: number },
  only: (topic: TopicImage, partition: PartitionImage) => boolean = () => true,
): PendingRecord[] {
  const records: PendingRecord[] = [];
  for (const [topic, partition] of allPartitions(view.image)) {
    if (partition.leader >= 0 || !only(topic, partition)) continue;
    const change = changePartition(partition, partition.isr, electionRules(view, topic.name, override));
    if (change !== null) records.push(partitionChange(topic, partition, change));
  }
  return records;
}

/** The records that lead partitions back to the first replica of their assignment. */
export function electPreferred(view: ControllerView): PendingRecord[] {
  const records: PendingRecord[] = [];
  for (const [topic, partition] of allPartitions(view.image)) {
    if (partition.leader < 0 || partition.leader === partition.replicas[0]) continue;
    const rules = { ...electionRules(view, topic.name), preferred: true };
    const change = changePartition(partition, partition.isr, rules);
    if (change !== null) records.push(partitionChange(topic, partition, change));
  }
  return records;
}

export function partitionChange(
  topic: TopicImage,
  partition: PartitionImage,
  change: Exclude<ReturnType<typeof changePartition>, null>,
): PendingRecord {
  return pending('PartitionChangeRecord', { ...change, topicId: topic.id, partitionId: partition.partition });
}
