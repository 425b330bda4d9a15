import type { Partition, Snapshot, Topic } from '../cluster/snapshot.ts';
import { adviceOf, causesOf, symptomsOf } from './isr-cause.ts';
import { joiningOf, missingOf, throttledOf } from './isr-followers.ts';
import type { IsrPartition, IsrReport, JoiningReplica, MissingReplica } from './isr-report.ts';
import { type EarlierVerdicts, sinceOf } from './isr-since.ts';
import { ISR_VERDICTS, type IsrVerdict, isrRank } from './isr-verdicts.ts';
import { byCodeUnit } from './join.ts';
import { joinPhrases, type Phrase, phrase } from './phrase.ts';

/** What the brokers of a snapshot are up to. */
export interface BrokerStates {
  /** Ids in the metadata: registered and not fenced. */
  readonly live: ReadonlySet<number>;
  /** Of those, the ones that did not answer. */
  readonly silent: ReadonlySet<number>;
  readonly racks: ReadonlyMap<number, string | null>;
}

/** Which brokers are in the cluster, and which of those do not answer. */
export function brokerStates({ brokers, fenced }: Snapshot): BrokerStates {
  const gone = brokers.filter(({ problem }) => problem?.name === 'TIMED_OUT' || problem?.name === 'UNREACHABLE');
  return {
    live: new Set(brokers.map(({ id }) => id)),
    silent: new Set(gone.map(({ id }) => id)),
    racks: new Map([...brokers, ...(fenced ?? [])].map(({ id, rack }) => [id, rack])),
  };
}

/**
 * Judges the replication of every partition of a snapshot; `accept` chooses partitions. Linear in their number. The four
 * filters are kafka-topics' own; the verdict goes by what the brokers do: they apply min(min.insync.replicas, replicas).
 * `earlier`: samples of the same cluster from before, oldest first, which tell since when.
 */
export function judgeIsr(
  snapshot: Snapshot,
  accept: (topic: string, partition: number) => boolean = () => true,
  earlier: readonly Snapshot[] = [],
): IsrReport {
  const states = brokerStates(snapshot);
  const before = earlier.map((sample) => verdictsOf(sample, accept));
  const partitions = judged(snapshot, states, accept)
    .map((row) => ({ ...row, since: sinceOf(row, snapshot, states, before) }))
    .sort(byHarm);
  return {
    at: snapshot.at,
    clusterId: snapshot.cluster.id,
    durationMs: snapshot.durationMs,
    roundTrips: snapshot.roundTrips,
    partitions,
    causes: causesOf(partitions, snapshot, states),
    symptoms: symptomsOf(partitions),
    next: adviceOf(partitions, states),
    problems: [
      ...snapshot.problems,
      ...snapshot.topics.flatMap(({ topic, problem, partitions: own }) =>
        problem !== null && own.every(({ partition }) => accept(topic, partition)) ? [problem] : [],
      ),
    ],
  };
}

function judged(
  snapshot: Snapshot,
  states: BrokerStates,
  accept: (topic: string, partition: number) => boolean,
): IsrPartition[] {
  return snapshot.topics.flatMap((topic) =>
    topic.partitions
      // A partition that a group refers to and nobody knows has no replicas.
      .filter(({ partition, replicas }) => replicas.length > 0 && accept(topic.topic, partition))
      .map((partition) => judge(topic, partition, states)),
  );
}

function verdictsOf(sample: Snapshot, accept: (topic: string, partition: number) => boolean): EarlierVerdicts {
  const rows = judged(sample, brokerStates(sample), accept);
  const verdicts = new Map(rows.map(({ topic, partition, verdict }) => [`${topic}-${partition}`, verdict]));
  return { atMs: Date.parse(sample.at), verdicts };
}

function byHarm(a: IsrPartition, b: IsrPartition): number {
  return isrRank(b.verdict) - isrRank(a.verdict) || byCodeUnit(a.topic, b.topic) || a.partition - b.partition;
}

function judge(topic: Topic, partition: Partition, states: BrokerStates): IsrPartition {
  const { leader, replicas, isr } = partition;
  const minIsr = topic.minIsr ?? null;
  const effectiveMinIsr = minIsr === null ? null : Math.min(minIsr, replicas.length);
  const adding = partition.reassignment?.adding ?? [];
  const missing = missingOf(partition, adding, states);
  const joining = joiningOf(partition, adding);
  const catchingUp = missing.flatMap(({ broker, state }) => (state === 'behind' ? [broker] : []));
  const facts: Facts = {
    partition,
    effectiveMinIsr,
    minIsr,
    missing,
    joining,
    throttled: throttledOf(topic, partition, [...catchingUp, ...joining.map(({ broker }) => broker)]),
    states,
    offline: leader === null || !states.live.has(leader),
    unbalanced: leader !== null && leader !== replicas[0],
    hidden: hiddenOf(partition),
  };
  const verdict = verdictOf(facts);
  return {
    topic: topic.topic,
    partition: partition.partition,
    leader,
    leaderEpoch: partition.leaderEpoch,
    replicas,
    racks: replicas.map((id) => states.racks.get(id) ?? null),
    isr,
    elr: partition.elr ?? null,
    lastKnownElr: partition.lastKnownElr ?? null,
    minIsr,
    effectiveMinIsr,
    underReplicated: replicationFactor(partition) - isr.length > 0,
    underMinIsr: leader === null ? true : minIsr === null ? null : isr.length < minIsr,
    atMinIsr: minIsr === null ? null : isr.length === minIsr,
    offline: facts.offline,
    reassigning: partition.reassignment != null,
    unbalanced: facts.unbalanced,
    adding,
    removing: partition.reassignment?.removing ?? [],
    missing,
    joining,
    throttled: facts.throttled,
    hidden: facts.hidden,
    since: null,
    verdict,
    severity: ISR_VERDICTS[verdict].severity,
    evidence: evidenceOf(verdict, facts),
  };
}

/** The replicas that kafka-topics expects in the ISR: while a reassignment is in progress, those before it. */
function replicationFactor({ replicas, reassignment }: Partition): number {
  if (reassignment == null) return replicas.length;
  const moving = new Set([...reassignment.adding, ...reassignment.removing]);
  const inProgress = replicas.some((replica) => moving.has(replica));
  return inProgress ? reassignment.replicas.length - reassignment.adding.length : replicas.length;
}

function hiddenOf({ logEnd, highWatermark }: Partition): number | null {
  return logEnd === null || highWatermark === null ? null : Math.max(0, logEnd - highWatermark);
}

interface Facts {
  readonly partition: Partition;
  readonly minIsr: number | null;
  readonly effectiveMinIsr: number | null;
  readonly missing: readonly MissingReplica[];
  readonly joining: readonly JoiningReplica[];
  readonly throttled: readonly number[];
  readonly states: BrokerStates;
  readonly offline: boolean;
  readonly unbalanced: boolean;
  readonly hidden: number | null;
}

function verdictOf({ partition, effectiveMinIsr: min, missing, states, offline, unbalanced }: Facts): IsrVerdict {
  const { leader, isr, replicas, reassignment } = partition;
  if (offline) return 'OFFLINE';
  if (leader !== null && states.silent.has(leader)) return 'LEADER-SILENT';
  if (min !== null && isr.length < min) return 'UNDER-MIN-ISR';
  if (missing.length > 0 && min !== null && isr.length === min) return 'AT-MIN-ISR';
  if (isr.some((replica) => !replicas.includes(replica))) return 'ISR-FOREIGN';
  if (missing.length > 0) return 'UNDER-REPLICATED';
  if (reassignment != null) return 'REASSIGNING';
  if (unbalanced) return 'UNBALANCED';
  return min !== null && isr.length <= min ? 'NO-SPARE' : 'OK';
}

function evidenceOf(verdict: IsrVerdict, facts: Facts): Phrase {
  const main = MAIN[verdict](facts);
  const notes = sideNotes(verdict, facts);
  return notes.length === 0 ? main : joinPhrases([main, ...notes], '; ');
}

const ids = (list: readonly number[]): string => list.join(', ');

const MAIN: Readonly<Record<IsrVerdict, (facts: Facts) => Phrase>> = {
  OK: () => phrase`every replica is in sync`,
  'NO-SPARE': ({ partition: { replicas } }) =>
    replicas.length === 1
      ? phrase`a single replica: when its broker stops, nobody can read or write it`
      : phrase`complete, but any one failure makes it read-only for acks=all producers`,
  UNBALANCED: ({ partition: { leader, replicas } }) =>
    phrase`led by ${String(leader)}, preferred is ${String(replicas[0])}`,
  REASSIGNING: ({ partition: { reassignment } }) =>
    phrase`replicas are being moved: adding ${ids(reassignment?.adding ?? []) || 'none'}, removing ${ids(reassignment?.removing ?? []) || 'none'}`,
  'UNDER-REPLICATED': ({ missing }) => phrase`replicas missing: ${missing.length}; still accepts writes`,
  'ISR-FOREIGN': ({ partition: { isr, replicas } }) =>
    phrase`in the ISR without a replica: ${ids(isr.filter((id) => !replicas.includes(id)))}`,
  'AT-MIN-ISR': ({ partition: { isr } }) =>
    isr.length === 1 ? phrase`one failure from offline` : phrase`one failure from read-only`,
  'UNDER-MIN-ISR': () => phrase`acks=all producers are failing now`,
  'LEADER-SILENT': ({ partition: { leader } }) =>
    phrase`its leader ${String(leader)} does not answer: nobody can read or write it`,
  OFFLINE: ({ partition: { leader } }) =>
    leader === null
      ? phrase`no leader: nobody can read or write it`
      : phrase`its leader ${String(leader)} is not in the cluster: nobody can read or write it`,
};

function sideNotes(verdict: IsrVerdict, facts: Facts): Phrase[] {
  const { partition, minIsr, effectiveMinIsr, hidden, joining, throttled, states } = facts;
  const { elr, isr, lastKnownElr } = partition;
  const notes: Phrase[] = [];
  for (const { broker, behind } of joining) {
    if (behind !== null) notes.push(phrase`${String(broker)} has ${behind} records to catch up`);
  }
  if (throttled.length > 0) {
    notes.push(phrase`replication to ${ids(throttled)} is throttled (*.replication.throttled.replicas of the topic)`);
  }
  if (verdict === 'UNDER-MIN-ISR' && hidden !== null && hidden > 0) {
    notes.push(phrase`${hidden} records wait behind the high watermark`);
  }
  if (verdict === 'UNDER-MIN-ISR' && elr != null && elr.length > 0) {
    notes.push(
      phrase`eligible to lead besides the ISR: ${ids(elr)}; if one is elected, acks=1 records written since are lost`,
    );
  }
  if (verdict === 'OFFLINE') notes.push(comeback(partition, isr, elr ?? null, lastKnownElr ?? null));
  if (minIsr !== null && effectiveMinIsr !== null && minIsr > effectiveMinIsr) {
    notes.push(
      phrase`min.insync.replicas ${minIsr} is more than its ${partition.replicas.length} replicas: brokers apply ${effectiveMinIsr}, kafka-topics counts it as under min ISR`,
    );
  }
  const rackOf = (id: number): string | null => states.racks.get(id) ?? null;
  const rack = isr[0] === undefined ? null : rackOf(isr[0]);
  if (
    isr.length > 1 &&
    rack !== null &&
    isr.every((id) => rackOf(id) === rack) &&
    partition.replicas.some((id) => rackOf(id) !== rack)
  ) {
    notes.push(phrase`the whole ISR is in rack ${rack}`);
  }
  return notes;
}

/** Which broker has to come back for a clean election. */
function comeback(
  { leader }: Partition,
  isr: readonly number[],
  elr: readonly number[] | null,
  last: readonly number[] | null,
): Phrase {
  if (leader !== null) return phrase`the metadata is about to change`;
  if (isr.length > 0) return phrase`a clean election needs one of its ISR: ${ids(isr)}`;
  if (elr !== null && elr.length > 0) return phrase`a clean election needs one of its ELR: ${ids(elr)}`;
  if (last !== null && last.length > 0) return phrase`the last known leader was ${ids(last)}`;
  return phrase`nobody is known that could lead without loss`;
}
