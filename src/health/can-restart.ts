import type { Partition, Problem, QuorumReplica, Snapshot, Topic } from '../cluster/snapshot.ts';
import { byCodeUnit } from './join.ts';
import { type BrokerStates, brokerStates } from './judge-isr.ts';

/** What a partition becomes when the brokers stop. */
export const FATES = ['offline', 'data-loss', 'under-min-isr', 'no-spare'] as const;
export type Fate = (typeof FATES)[number];

export interface Hit {
  readonly topic: string;
  readonly partition: number;
  readonly fate: Fate;
  readonly leader: number | null;
  readonly isr: readonly number[];
  /** What the controller would make of it. */
  readonly leaderAfter: number | null;
  readonly isrAfter: readonly number[];
  readonly effectiveMinIsr: number | null;
  /** Every replica is in sync already: waiting makes it no better. */
  readonly complete: boolean;
  /** Replicas that would still be alive, in sync or not. */
  readonly others: number;
  /** Records that only the stopped brokers have, and an unclean election would lose; null where it is not known. */
  readonly onlyThere: number | null;
}

export interface RestartForecast {
  readonly at: string;
  readonly clusterId: string | null;
  readonly brokers: readonly number[];
  /** Null: nothing speaks against it, and not everything could be read. */
  readonly safe: boolean | null;
  /** Partitions that get worse, by fate, topic and number. `no-spare` alone does not make it unsafe. */
  readonly hits: readonly Hit[];
  /** Partitions that are offline or under min ISR already; those that the stop makes no worse included. */
  readonly already: { readonly offline: number; readonly underMinIsr: number };
  /** Partitions that would get another leader. */
  readonly leadersMoved: number;
  /** Groups whose coordinator moves, and those that have none left, because the partition of __consumer_offsets goes offline. */
  readonly groups: readonly { readonly group: string; readonly coordinator: number }[];
  readonly quorum: QuorumForecast | null;
  /** Of those asked about: not in the cluster now. */
  readonly notRunning: readonly number[];
  /** Others that do not answer: they are counted as lost, too. */
  readonly silent: readonly number[];
  /** Partitions of which min.insync.replicas is not known. */
  readonly unknown: readonly { readonly topic: string; readonly partition: number }[];
  readonly problems: readonly Problem[];
}

export interface QuorumForecast {
  readonly voters: number;
  readonly needed: number;
  /** Voters that are there now, and after the stop. */
  readonly now: number;
  readonly after: number;
}

/** A voter that has fetched within this time is there: brokers fetch every half second at the latest. */
const VOTER_SILENT_MS = 5_000;

/**
 * Simulates the loss of brokers, all at once. The rules are the controller's: the leader stays while it lives, else the
 * first live replica of the list that is in the ISR leads; where the ISR is empty one of the eligible replicas; else an
 * unclean one where the topic allows that; else nobody. Brokers that do not answer count as lost, before and after.
 */
export function forecastRestart(
  snapshot: Snapshot,
  brokers: readonly number[],
  accept: (topic: string, partition: number) => boolean = () => true,
): RestartForecast {
  const states = brokerStates(snapshot);
  const stopped = new Set(brokers);
  const silent = [...states.silent].filter((id) => !stopped.has(id)).sort((a, b) => a - b);
  const dead = (id: number): boolean => !states.live.has(id) || (states.silent.has(id) && !stopped.has(id));
  const hits: Hit[] = [];
  const unknown: { topic: string; partition: number }[] = [];
  const already = { offline: 0, underMinIsr: 0 };
  let leadersMoved = 0;
  for (const topic of snapshot.topics) {
    for (const partition of topic.partitions) {
      if (partition.replicas.length === 0 || !accept(topic.topic, partition.partition)) continue;
      // A replica in a failed log directory cannot lead, though its broker is alive.
      const gone = (id: number): boolean => dead(id) || partition.offlineReplicas.includes(id);
      const now = stateOf(topic, partition, gone);
      if (now.leader === null) already.offline += 1;
      else if (now.under) already.underMinIsr += 1;
      if (!partition.replicas.some((id) => stopped.has(id) && !dead(id))) continue;
      const after = stateOf(topic, { ...partition, ...inForce(partition, now) }, (id) => gone(id) || stopped.has(id));
      if (after.min === null) unknown.push({ topic: topic.topic, partition: partition.partition });
      if (now.leader !== null && after.leader !== null && after.leader !== now.leader) leadersMoved += 1;
      const only = onlyThere(partition, stopped);
      const fate = fateOf(now, after, only);
      if (fate === null) continue;
      hits.push({
        topic: topic.topic,
        partition: partition.partition,
        fate,
        leader: partition.leader,
        isr: partition.isr,
        leaderAfter: after.leader,
        isrAfter: after.isr,
        effectiveMinIsr: after.min,
        complete: now.isr.length === partition.replicas.length,
        others: partition.replicas.filter((id) => !gone(id) && !stopped.has(id)).length,
        onlyThere: fate === 'offline' || fate === 'data-loss' ? only : null,
      });
    }
  }
  hits.sort(
    (a, b) =>
      FATES.indexOf(a.fate) - FATES.indexOf(b.fate) || byCodeUnit(a.topic, b.topic) || a.partition - b.partition,
  );
  const quorum = quorumForecast(snapshot, states, stopped);
  const unsafe = hits.some(({ fate }) => fate !== 'no-spare') || (quorum !== null && lost(quorum));
  const problems = [...snapshot.problems, ...snapshot.topics.flatMap(({ problem }) => problem ?? [])];
  const blind = unknown.length > 0 || problems.length > 0;
  return {
    at: snapshot.at,
    clusterId: snapshot.cluster.id,
    brokers: [...stopped].sort((a, b) => a - b),
    safe: unsafe ? false : blind ? null : true,
    hits,
    already,
    leadersMoved,
    groups: snapshot.groups
      .flatMap(({ group, coordinator }) =>
        coordinator !== null && stopped.has(coordinator) ? [{ group, coordinator }] : [],
      )
      .sort((a, b) => byCodeUnit(a.group, b.group)),
    quorum,
    notRunning: [...stopped].filter((id) => !states.live.has(id)).sort((a, b) => a - b),
    silent,
    unknown,
    problems,
  };
}

/** Whether waiting can make a hit go away: one of its replicas is not in sync yet. */
export function mayPass({ fate, complete }: Hit): boolean {
  return fate === 'no-spare' || !complete;
}

/** A majority that is there now and would not be afterwards. */
export function lost({ now, needed, after }: QuorumForecast): boolean {
  return after < needed && after < now;
}

interface State {
  readonly leader: number | null;
  readonly isr: readonly number[];
  readonly min: number | null;
  readonly under: boolean;
  /** Elected from outside the ISR. From the ELR that is clean, and still loses what acks=1 producers wrote under min ISR. */
  readonly lossy: boolean;
}

function stateOf(topic: Topic, partition: Partition, isDead: (id: number) => boolean): State {
  const { replicas, leader } = partition;
  const min = topic.minIsr == null ? null : Math.min(topic.minIsr, replicas.length);
  const isr = partition.isr.filter((id) => !isDead(id));
  const state = (next: number | null, members: readonly number[], lossy = false): State => ({
    leader: next,
    isr: members,
    min,
    under: next !== null && min !== null && members.length < min,
    lossy,
  });
  if (leader !== null && !isDead(leader)) return state(leader, isr);
  const inSync = replicas.find((id) => isr.includes(id));
  if (inSync !== undefined) return state(inSync, isr);
  const eligible = replicas.find((id) => partition.elr?.includes(id) && !isDead(id));
  if (eligible !== undefined) return state(eligible, [eligible], true);
  if (topic.uncleanElection === true) {
    const any = replicas.find((id) => !isDead(id));
    if (any !== undefined) return state(any, [any], true);
  }
  return state(null, []);
}

/** What is left of a partition once the brokers that do not answer are counted out. */
function inForce(partition: Partition, now: State): Pick<Partition, 'leader' | 'isr'> {
  return now.leader === partition.leader
    ? { leader: partition.leader, isr: [...partition.isr] }
    : { leader: now.leader, isr: [...now.isr] };
}

/** Only what gets worse is a fate: a partition that is under min ISR and loses one more copy has got worse, too. */
function fateOf(now: State, after: State, only: number | null): Fate | null {
  if (after.leader === null) return now.leader === null ? null : 'offline';
  if (after.lossy && !now.lossy && only !== 0) return 'data-loss';
  if (after.isr.length === now.isr.length) return null;
  if (after.under) return 'under-min-isr';
  return after.min !== null && after.isr.length === after.min ? 'no-spare' : null;
}

function onlyThere({ leader, logEnd, replicaEnds = [] }: Partition, stopped: ReadonlySet<number>): number | null {
  const own = replicaEnds.find(({ broker }) => broker === leader)?.logEnd ?? logEnd;
  const others = replicaEnds.filter(({ broker }) => !stopped.has(broker) && broker !== leader);
  if (own === null || others.length === 0) return null;
  return Math.max(0, own - Math.max(...others.map(({ logEnd: end }) => end)));
}

function quorumForecast(
  { quorum, fenced }: Snapshot,
  { live, silent }: BrokerStates,
  stopped: ReadonlySet<number>,
): QuorumForecast | null {
  const voters = quorum?.replicas.filter(({ voter }) => voter) ?? [];
  if (voters.length === 0) return null;
  // Node ids are unique: a voter with the id of a broker is the same process.
  const away = new Set((fenced ?? []).map(({ id }) => id));
  const isThere = ({ id, silentMs }: QuorumReplica): boolean =>
    !silent.has(id) && !away.has(id) && (silentMs === null ? live.has(id) : silentMs < VOTER_SILENT_MS);
  const now = voters.filter(isThere);
  return {
    voters: voters.length,
    needed: Math.floor(voters.length / 2) + 1,
    now: now.length,
    after: now.filter(({ id }) => !stopped.has(id)).length,
  };
}
