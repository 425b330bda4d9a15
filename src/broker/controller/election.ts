import type { PartitionChangeRecord } from '../../protocol/metadata/index.ts';
import type { Input } from '../../protocol/schema/index.ts';
import { LEADER_RECOVERED, LEADER_RECOVERING, type PartitionImage } from '../image.ts';
import { DIRECTORY_UNASSIGNED } from '../metadata/record.ts';
import { type Assignment, assignmentOf, completed } from './reassignment.ts';

export const NO_LEADER = -1;

/** What an election is decided by, beside the partition itself. */
export interface ElectionRules {
  /** Whether a broker may lead: registered, unfenced, not shutting down. */
  readonly isActive: (brokerId: number) => boolean;
  /** Whether eligible leader replicas are kept (KIP-966). */
  readonly elrEnabled: boolean;
  /** The topic's min.insync.replicas. */
  readonly minInsyncReplicas: number;
  /** The topic's unclean.leader.election.enable. */
  readonly unclean: boolean;
  /** Move back to the first replica of the assignment where that is possible. */
  readonly preferred?: boolean;
  /** A broker that came back without a clean shutdown: its log may lack its tail, so it cannot be eligible. */
  readonly uncleanShutdown?: number;
}

type Fields = Omit<Input<typeof PartitionChangeRecord>, 'partitionId' | 'topicId'>;
type Change = { -readonly [F in keyof Fields]: Fields[F] };

/**
 * What becomes of a partition when its ISR is to be `targetIsr` and brokers are as the rules say: the fields of a
 * PartitionChangeRecord, or null where nothing changes. The leader is sought in Kafka's order: the current one, then
 * the first replica of the assignment that is in the ISR (in the ELR where the ISR is empty) and alive, then the last
 * known leader, then, only where unclean elections are allowed, any replica that is alive. `asked` is the assignment
 * that is wanted; a reassignment whose end the ISR allows ends with the same change.
 */
export function changePartition(
  partition: PartitionImage,
  targetIsr: readonly number[],
  rules: ElectionRules,
  asked: Assignment = assignmentOf(partition),
): Change | null {
  let isr: readonly number[] = targetIsr.filter((broker) => broker !== rules.uncleanShutdown);
  // Without ELR the last member stays listed, so that it is known who may lead again.
  if (isr.length === 0 && !rules.elrEnabled) isr = partition.isr.filter((broker) => asked.replicas.includes(broker));
  const end = completed(asked, isr);
  if (end !== null) isr = end.isr;
  const assignment = end?.assignment ?? asked;
  const { replicas } = assignment;
  let { elr, lastKnownElr } = eligible(partition, isr, replicas, rules);

  const elected = elect(partition, isr, elr, lastKnownElr, replicas, rules);
  let recovery = partition.leaderRecoveryState;
  if (elected.unclean) {
    isr = [elected.leader];
    elr = [];
    lastKnownElr = [];
    recovery = LEADER_RECOVERING;
  } else if (elected.leader !== NO_LEADER && !isr.includes(elected.leader)) {
    isr = [elected.leader];
    elr = elr.filter((broker) => broker !== elected.leader);
    lastKnownElr = [];
  } else if (elected.leader === NO_LEADER && isr.length === 0 && partition.leader !== NO_LEADER) {
    lastKnownElr = [partition.leader];
  }

  const change: Change = {};
  if (!same(isr, partition.isr)) change.isr = isr;
  if (!same(elr, partition.elr)) change.eligibleLeaderReplicas = elr;
  if (!same(lastKnownElr, partition.lastKnownElr)) change.lastKnownElr = lastKnownElr;
  if (elected.leader !== partition.leader) change.leader = elected.leader;
  if (recovery !== partition.leaderRecoveryState) change.leaderRecoveryState = recovery;
  if (!same(assignment.adding, partition.addingReplicas)) change.addingReplicas = assignment.adding;
  if (!same(assignment.removing, partition.removingReplicas)) change.removingReplicas = assignment.removing;
  if (!same(replicas, partition.replicas)) {
    change.replicas = replicas;
    change.directories = replicas.map(() => DIRECTORY_UNASSIGNED);
    // A new epoch fences the fetches of replicas that have left.
    if (partition.replicas.some((broker) => !replicas.includes(broker))) change.leader = elected.leader;
  }
  return Object.keys(change).length === 0 ? null : change;
}

/** The change that a leader asked for with AlterPartition; a leader that may shrink or grow its ISR has recovered. */
export function acceptIsr(partition: PartitionImage, newIsr: readonly number[], rules: ElectionRules): Change | null {
  const change = changePartition(partition, newIsr, rules);
  if (partition.leaderRecoveryState === LEADER_RECOVERED) return change;
  return { ...change, leaderRecoveryState: LEADER_RECOVERED };
}

/** Members that leave an ISR below min.insync.replicas stay eligible: nothing was committed without them since. */
function eligible(
  partition: PartitionImage,
  isr: readonly number[],
  replicas: readonly number[],
  rules: ElectionRules,
): { elr: readonly number[]; lastKnownElr: readonly number[] } {
  const minIsr = Math.min(rules.minInsyncReplicas, replicas.length);
  if (!rules.elrEnabled || isr.length >= minIsr) return { elr: [], lastKnownElr: [] };
  const candidates = [...new Set([...partition.elr, ...partition.isr])].filter((broker) => replicas.includes(broker));
  return {
    elr: candidates.filter((broker) => !isr.includes(broker) && broker !== rules.uncleanShutdown),
    lastKnownElr: partition.lastKnownElr,
  };
}

function elect(
  partition: PartitionImage,
  isr: readonly number[],
  elr: readonly number[],
  lastKnownElr: readonly number[],
  replicas: readonly number[],
  rules: ElectionRules,
): { leader: number; unclean: boolean } {
  const eligible = isr.length > 0 ? isr : elr;
  const valid = (broker: number) => eligible.includes(broker) && rules.isActive(broker);
  const preferred = replicas[0];
  if (rules.preferred && preferred !== undefined && valid(preferred)) return { leader: preferred, unclean: false };
  if (valid(partition.leader)) return { leader: partition.leader, unclean: false };
  const first = replicas.find(valid);
  if (first !== undefined) return { leader: first, unclean: false };
  const [lastKnown] = lastKnownElr;
  if (
    rules.elrEnabled &&
    eligible.length === 0 &&
    lastKnownElr.length === 1 &&
    lastKnown !== undefined &&
    replicas.includes(lastKnown) &&
    rules.isActive(lastKnown)
  ) {
    return { leader: lastKnown, unclean: true };
  }
  const any = rules.unclean ? replicas.find(rules.isActive) : undefined;
  return any === undefined ? { leader: NO_LEADER, unclean: false } : { leader: any, unclean: true };
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
