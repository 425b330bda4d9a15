import { LEADER_RECOVERING, type MetadataImage, type PartitionImage } from '../../../src/broker/image.ts';
import type { PartitionReplica } from '../../../src/broker/replica/replica.ts';
import { OFFSETS_TOPIC } from '../../../src/protocol/internal-topics.ts';
import { batches, records } from '../../../src/records/index.ts';
import type { NodeHost } from '../node-host.ts';
import type { SimWorld, WorldWatcher } from '../world.ts';
import { CommittedLog } from './committed-log.ts';
import { Loads } from './loads.ts';

/** A replica as it was when it was looked at last. */
interface Seen {
  leaderEpoch: number;
  isLeader: boolean;
  highWatermark: number;
  logStart: number;
  logEnd: number;
}

/**
 * Looks at a cluster after every event, at what the event touched: the nodes on which something ran, and of these the
 * replicas and the metadata that have changed. Everything that it finds wrong is a violation of the world.
 */
export class Watch implements WorldWatcher {
  readonly #world: SimWorld;
  readonly #committed = new Map<string, CommittedLog>();
  /** Who led a partition in each epoch, as `key@epoch`. */
  readonly #leaders = new Map<string, number>();
  /** What each epoch of a partition was like, as `key/partition epoch`. */
  readonly #states = new Map<string, string>();
  readonly #controllers = new Map<number, number>();
  readonly #seen = new WeakMap<PartitionReplica, Seen>();
  readonly #images = new Map<number, MetadataImage>();
  readonly loads = new Loads();
  /** Every change in one number: the same run has the same. */
  trace = 0x811c_9dc5;
  events = 0;
  changes = 0;

  constructor(world: SimWorld) {
    this.#world = world;
    world.watcher = this;
  }

  /** What was committed of a partition. */
  committed(key: string): CommittedLog {
    let log = this.#committed.get(key);
    if (log === undefined) {
      log = new CommittedLog();
      this.#committed.set(key, log);
    }
    return log;
  }

  get keys(): Iterable<string> {
    return this.#committed.keys();
  }

  /** How many leaders took office. */
  get elections(): number {
    return this.#leaders.size;
  }

  get controllers(): number {
    return this.#controllers.size;
  }

  started(node: number): void {
    this.#images.delete(node);
  }

  ending(node: number): void {
    this.#world.watching(() => this.#look(this.#world.host(node)));
  }

  logged(node: number, message: string, fields: Readonly<Record<string, unknown>> | undefined): void {
    if (message === 'groups are loaded') {
      const replica = this.#world.host(node).runtime?.replicas.get(OFFSETS_TOPIC, Number(fields?.['partition']));
      if (replica !== undefined) this.loads.note(keyOf(replica), replica);
    }
    if (message !== 'this node is the controller') return;
    const epoch = Number(fields?.['epoch']);
    const other = this.#controllers.get(epoch);
    if (other !== undefined) this.#wrong(`two controllers in epoch ${epoch}: ${other} and ${node}`);
    this.#controllers.set(epoch, node);
    this.#mix(epoch);
  }

  /** To be called behind every event. */
  afterEvent(): void {
    const { touched } = this.#world;
    if (touched.size === 0) return;
    this.events++;
    this.#mix(this.#world.scheduler.now());
    for (const id of touched) {
      this.#mix(id);
      this.#look(this.#world.host(id));
    }
    touched.clear();
  }

  /** Compares all that is on all nodes with what was committed; at intervals, and at the end. */
  compareEverything(): void {
    for (const { id, runtime } of this.#world.running) {
      for (const replica of runtime?.replicas.all() ?? []) {
        const committed = this.committed(keyOf(replica));
        if (committed.isTainted && !this.#isInSync(replica, id, committed.taintedSince)) continue;
        const { log, highWatermark } = replica;
        const problem = committed.check(log, log.logStartOffset, highWatermark, { extends: false });
        if (problem !== null) this.#wrong(`${name(replica, id)}: ${problem}`);
      }
    }
  }

  /** The replica that leads a partition in the latest epoch, where its node is up. */
  leader(key: string): PartitionReplica | undefined {
    let latest: PartitionReplica | undefined;
    for (const { runtime } of this.#world.running) {
      for (const replica of runtime?.replicas.all() ?? []) {
        if (keyOf(replica) !== key || !replica.isLeader) continue;
        if (latest === undefined || replica.leaderEpoch > latest.leaderEpoch) latest = replica;
      }
    }
    return latest;
  }

  /** Whether a node is in sync with the latest leader; one from before `since` may not have heard that it leads no more. */
  #isInSync(replica: PartitionReplica, node: number, since: number): boolean {
    const leader = this.leader(keyOf(replica));
    return leader !== undefined && leader.leaderEpoch >= since && leader.leaderState?.isr.includes(node) === true;
  }

  #look(host: NodeHost): void {
    const { runtime, id } = host;
    if (runtime === null) return;
    const image = runtime.node.image();
    if (this.#images.get(id) !== image) this.#lookAtImage(id, image);
    for (const replica of runtime.replicas.all()) {
      const seen = this.#seen.get(replica);
      if (
        seen === undefined ||
        seen.highWatermark !== replica.highWatermark ||
        seen.logEnd !== replica.log.logEndOffset ||
        seen.logStart !== replica.log.logStartOffset ||
        seen.leaderEpoch !== replica.leaderEpoch ||
        seen.isLeader !== replica.isLeader
      ) {
        this.#changed(host, replica, seen);
      }
    }
  }

  #changed(host: NodeHost, replica: PartitionReplica, seen: Seen | undefined): void {
    const { leaderEpoch, isLeader, highWatermark, log } = replica;
    const { logStartOffset: logStart, logEndOffset: logEnd } = log;
    this.changes++;
    this.#mix(highWatermark);
    this.#mix(logEnd);
    this.#mix(leaderEpoch);
    const key = keyOf(replica);
    const committed = this.committed(key);
    const wrong = (what: string): void => this.#wrong(`${name(replica, host.id)}: ${what}`);

    if (logStart > highWatermark || highWatermark > logEnd) {
      wrong(`log start ${logStart} ≤ high watermark ${highWatermark} ≤ log end ${logEnd} does not hold`);
    }
    if (replica.lastStableOffset > highWatermark)
      wrong(`last stable offset ${replica.lastStableOffset} > ${highWatermark}`);
    if (isLeader) this.#noteLeader(`${replica.topicId}-${replica.partition}`, leaderEpoch, host.id, wrong);
    if (isLeader) committed.deletedBefore = Math.max(committed.deletedBefore, logStart);
    const image = this.#partition(host, replica);
    const isNewLeader = isLeader && (seen === undefined || !seen.isLeader || seen.leaderEpoch !== leaderEpoch);
    if (isNewLeader && image?.leaderRecoveryState === LEADER_RECOVERING && committed.taintedSince < leaderEpoch) {
      committed.lose(leaderEpoch, log);
    }
    // Without ELR the last member of an ISR may lead again whatever its machine has lost.
    const isForgetful = isNewLeader && !this.#world.options.elr && host.lostPower && image?.isr.length === 1;
    if (isForgetful && log.logEndOffset < committed.end) committed.lose(leaderEpoch, log);
    // Two elections in one event: it was elected, uncleanly where that is allowed, and replaced before it was looked at.
    const passing = seen === undefined ? undefined : passingEpoch(replica, seen.leaderEpoch);
    // Once a later leader was looked at, it has told itself what is lost, and what it committed since is none of that.
    const isOvertaken = passing !== undefined && passing < committed.ledSince;
    if (passing !== undefined && !isOvertaken && this.#mayElectUncleanly(replica)) committed.lose(passing, log);
    if (isLeader) committed.ledSince = Math.max(committed.ledSince, leaderEpoch);
    // What a leader that lost records takes for committed may be what it wrote down before it lost them.
    if (isNewLeader && committed.isTainted) committed.check(log, logStart, highWatermark, { extends: true });
    if (seen !== undefined) {
      if (leaderEpoch < seen.leaderEpoch) wrong(`leader epoch ${leaderEpoch} behind ${seen.leaderEpoch}`);
      const ledOn = isLeader && !isNewLeader;
      if (ledOn && logEnd < seen.logEnd) wrong(`the leader's log end fell from ${seen.logEnd} to ${logEnd}`);
      const fell = highWatermark < seen.highWatermark && !this.#isCompactedAway(replica, seen.highWatermark);
      if ((ledOn || !committed.isTainted) && fell) {
        wrong(`the high watermark fell from ${seen.highWatermark} to ${highWatermark}`);
      }
      if ((ledOn || !committed.isTainted) && logStart < seen.logStart) {
        wrong(`the log start fell from ${seen.logStart} to ${logStart}`);
      }
    }
    if (highWatermark > (seen?.highWatermark ?? -1) && leaderEpoch >= committed.taintedSince) {
      const from = seen?.highWatermark ?? logStart;
      const isOld = committed.isTainted && !isLeader;
      // It may have led for a part of this event: on from the one before, or elected and replaced within it. The only
      // member of an ISR commits all that it has at the moment it is elected, as in Kafka.
      const mayExtend = isLeader || seen?.isLeader === true || (seen !== undefined && ledInPassing(replica, seen));
      const problem = isOld ? null : committed.check(log, from, highWatermark, { extends: mayExtend });
      if (problem !== null) wrong(problem);
    }
    this.#checkIsr(key, committed, host);
    if (seen === undefined) this.#seen.set(replica, { leaderEpoch, isLeader, highWatermark, logStart, logEnd });
    else Object.assign(seen, { leaderEpoch, isLeader, highWatermark, logStart, logEnd });
  }

  #noteLeader(key: string, epoch: number, node: number, wrong: (what: string) => void): void {
    const at = `${key}@${epoch}`;
    const other = this.#leaders.get(at);
    if (other !== undefined && other !== node) wrong(`node ${other} led in epoch ${epoch}, too`);
    this.#leaders.set(at, node);
  }

  /** The latest leader's high watermark is on every member of its ISR, and on all who may lead although they left it. */
  #checkIsr(key: string, committed: CommittedLog, touched: NodeHost): void {
    if (committed.isTainted) return;
    const leader = this.leader(key);
    if (leader === undefined) return;
    const leaderHost = this.#world.running.find(
      ({ runtime }) => runtime?.replicas.get(leader.topic, leader.partition) === leader,
    );
    for (const id of leader.leaderState?.isr ?? []) this.#checkMember(id, 'in sync', leader, leaderHost, touched);
    for (const id of this.#eligible(leader)) this.#checkMember(id, 'eligible', leader, leaderHost, touched);
  }

  #checkMember(
    id: number,
    standing: string,
    leader: PartitionReplica,
    leaderHost: NodeHost | undefined,
    touched: NodeHost,
  ): void {
    const { runtime } = this.#world.host(id);
    const member = runtime?.replicas.get(leader.topic, leader.partition);
    if (runtime == null || member === undefined || member.topicId !== leader.topicId) return;
    // It follows a later leader, of which this one has not heard, nor that it is out of the ISR.
    if (member.leaderEpoch > leader.leaderEpoch) return;
    // A member that lost power is out of the ISR once the leader has heard that it is back.
    const known = leaderHost?.runtime?.node.image().brokers.get(id)?.epoch;
    if (known !== runtime.node.image().brokers.get(id)?.epoch) return;
    if (member.log.logEndOffset < leader.highWatermark) {
      this.#wrong(
        `${name(member, id)} is ${standing}, and ends at ${member.log.logEndOffset} below the high watermark ${leader.highWatermark} (seen at node ${touched.id})`,
      );
    }
  }

  /** The eligible leader replicas, as the newest metadata has them that anybody acts on; none where that has another leader. */
  #eligible({ topicId, partition, leaderEpoch }: PartitionReplica): readonly number[] {
    let newest: MetadataImage | undefined;
    for (const { runtime } of this.#world.running) {
      const image = runtime?.node.image();
      if (image !== undefined && image.offset > (newest?.offset ?? -1)) newest = image;
    }
    const now = newest?.topicsById.get(topicId)?.partitions[partition];
    return now?.leaderEpoch === leaderEpoch ? now.elr : [];
  }

  /**
   * Whether a follower gave up, from its high watermark to `before`, only what compaction took from its leader. As in
   * Kafka: where the leader has no record of an epoch left, it cannot tell where that ended.
   */
  #isCompactedAway(replica: PartitionReplica, before: number): boolean {
    const leader = this.leader(keyOf(replica));
    const { highWatermark, log } = replica;
    if (!log.config.cleanupPolicy.compact || leader === undefined || leader === replica) return false;
    if (leader.log.logEndOffset < before || leader.log.logStartOffset > highWatermark) return false;
    const { records: bytes } = leader.log.read(highWatermark, 1 << 20);
    for (const { position } of batches(bytes)) {
      for (const { offset } of records(bytes, position)) if (offset >= highWatermark && offset < before) return false;
    }
    return true;
  }

  #mayElectUncleanly({ topic }: PartitionReplica): boolean {
    const { topics } = this.#world.options;
    return topics.find(({ name: other }) => other === topic)?.configs['unclean.leader.election.enable'] === 'true';
  }

  #partition(host: NodeHost, replica: PartitionReplica): PartitionImage | undefined {
    return host.runtime?.node.image().topicsById.get(replica.topicId)?.partitions[replica.partition];
  }

  #lookAtImage(node: number, image: MetadataImage): void {
    const before = this.#images.get(node);
    // Until this incarnation is registered, nobody acts on what may be old.
    if (this.#world.host(node).runtime?.isFollowing !== true) return;
    this.#images.set(node, image);
    for (const topic of image.topics.values()) {
      const previous = before?.topicsById.get(topic.id);
      if (previous === topic) continue;
      for (const partition of topic.partitions) {
        const old = previous?.partitions[partition.partition];
        if (old !== partition)
          this.#lookAtPartition(node, `${topic.name}-${partition.partition}`, topic.id, partition, old);
      }
    }
  }

  #lookAtPartition(
    node: number,
    key: string,
    topicId: string,
    now: PartitionImage,
    before: PartitionImage | undefined,
  ): void {
    const wrong = (what: string): void => this.#wrong(`metadata of ${key} at node ${node}: ${what}`);
    const { leader, leaderEpoch, partitionEpoch, isr, elr, replicas } = now;
    if (before !== undefined) {
      if (partitionEpoch <= before.partitionEpoch)
        wrong(`partition epoch ${partitionEpoch} behind ${before.partitionEpoch}`);
      if (leaderEpoch < before.leaderEpoch) wrong(`leader epoch ${leaderEpoch} behind ${before.leaderEpoch}`);
      if (leaderEpoch === before.leaderEpoch && leader !== before.leader)
        wrong(`another leader in epoch ${leaderEpoch}`);
    }
    if (leader >= 0 && !isr.includes(leader)) wrong(`the leader ${leader} is not in the ISR ${isr}`);
    if (isr.some((id) => !replicas.includes(id))) wrong(`ISR ${isr} of replicas ${replicas}`);
    if (isr.some((id) => elr.includes(id))) wrong(`ISR ${isr} and ELR ${elr} overlap`);
    if (leader >= 0) this.#noteLeader(`${topicId}-${now.partition}`, leaderEpoch, leader, wrong);
    const at = `${topicId}-${now.partition}/${partitionEpoch}`;
    const state = JSON.stringify(now);
    const known = this.#states.get(at);
    if (known !== undefined && known !== state) wrong(`${state} where another node knows ${known}`);
    this.#states.set(at, state);
  }

  #mix(value: number): void {
    this.trace = Math.imul(this.trace ^ (value % 0x7fff_ffff), 0x0100_0193) >>> 0;
  }

  #wrong(message: string): void {
    this.#world.violation(message);
  }
}

/** An epoch between the one seen last and the present one that a follower's log knows of: it led in it. */
function passingEpoch(replica: PartitionReplica, seenEpoch: number): number | undefined {
  if (replica.isLeader) return undefined;
  return replica.log.epochs.find(({ epoch }) => epoch > seenEpoch && epoch < replica.leaderEpoch)?.epoch;
}

/**
 * Whether a follower led for a part of the event that was just seen. Taking office notes the new epoch at the log's end;
 * a follower knows an epoch only by a record of it, so that its epochs begin before the end.
 */
function ledInPassing(replica: PartitionReplica, seen: Seen): boolean {
  const last = replica.log.epochs.at(-1);
  if (last === undefined || passingEpoch(replica, seen.leaderEpoch) === undefined) return false;
  return last.epoch > seen.leaderEpoch && last.startOffset === replica.log.logEndOffset;
}

function keyOf(replica: PartitionReplica): string {
  return `${replica.topic}-${replica.partition}`;
}

function name(replica: PartitionReplica, node: number): string {
  return `${keyOf(replica)} on node ${node} (${replica.isLeader ? 'leader' : 'follower'}, epoch ${replica.leaderEpoch})`;
}
