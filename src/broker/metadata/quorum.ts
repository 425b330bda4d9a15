import type { Disk } from '../../log/disk.ts';
import { ErrorCode } from '../../protocol/errors.ts';
import type { Log, Scheduler, Timer } from '../env.ts';
import {
  isAnswer,
  type MetadataFetchRequest,
  type MetadataFetchResponse,
  type Network,
  type NoAnswer,
} from '../network.ts';
import { type Candidate, chooseController, epochOwner, hasMajority, isMajority, isUpToDate } from './candidate.ts';
import { Leadership } from './leadership.ts';
import { readQuorumState, writeQuorumState } from './metadata-log.ts';
import type { MetadataStore } from './metadata-store.ts';

/** How long the controller holds a fetch that has nothing to answer; the next one tells that it is alive. */
const FETCH_WAIT_MS = 500;
/** Without an answer for so long a controller counts as gone: Kafka's controller.quorum.fetch.timeout.ms. */
const FETCH_TIMEOUT_MS = 2000;
/** How long a question in an election waits for its answer: Kafka's controller.quorum.election.timeout.ms. */
const PROBE_TIMEOUT_MS = 1000;
/** Once a majority has answered, the rest get as long again, in all at least so long: one of them may be frozen. */
const STRAGGLER_MS = 400;
const RETRY_MS = 50;
/** How often the controller tells nodes that do not fetch from it that it is there. */
const ANNOUNCE_MS = 1000;
const NO_RECORDS = Buffer.alloc(0);

export interface QuorumOptions {
  readonly nodeId: number;
  /** All nodes of the cluster, this one included. */
  readonly nodeIds: readonly number[];
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly log: Log;
  readonly disk: Disk;
  readonly store: MetadataStore;
  /** This node is the controller of a new epoch. */
  readonly activate: (epoch: number, granting: readonly number[]) => void;
  /** More of what this controller wrote is committed. */
  readonly committed: () => void;
  readonly resign: () => void;
  /** The controller is known, or another one. */
  readonly changed: () => void;
}

type Role =
  | { readonly kind: 'looking' | 'leaving' | 'stopped' }
  | { readonly kind: 'following'; readonly controllerId: number }
  | { readonly kind: 'active'; readonly leadership: Leadership };

/**
 * Who the controller is: a node looks for it, follows it by fetching its log, or is it. The rules are Raft's, with
 * metadata fetches for messages: each epoch belongs to one node; asking with an epoch is asking for the promise to
 * listen to no earlier one; who has the promises of a majority, and a log as long as theirs, is the controller; what a
 * majority has fetched is committed; and a controller that a majority does not follow resigns.
 */
export class Quorum {
  readonly #options: QuorumOptions;
  #role: Role = { kind: 'stopped' };
  /** The latest epoch that this node has promised itself to. */
  #epoch: number;
  /** Answers that belong to an earlier role, or round, are not looked at. */
  #round = 0;
  #timer: Timer | undefined;
  /** While looking: the nodes that this one knows to look, too, so that a newcomer is told from them. */
  readonly #heard = new Set<number>();
  /** A node appeared since the round began. */
  #newcomer = false;

  constructor(options: QuorumOptions) {
    this.#options = options;
    this.#epoch = Math.max(readQuorumState(options.disk).leaderEpoch, options.store.lastEpoch, 0);
  }

  /** The controller to call, or -1. */
  get controllerId(): number {
    if (this.#role.kind === 'following') return this.#role.controllerId;
    return this.#role.kind === 'active' ? this.#options.nodeId : -1;
  }

  /** This node's leadership while it is the controller. */
  get leadership(): Leadership | undefined {
    return this.#role.kind === 'active' ? this.#role.leadership : undefined;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#enter({ kind: 'stopped' });
  }

  /** Steps down in order: those that follow know at once that they need another controller. */
  leave(): void {
    this.#enter({ kind: 'leaving' });
  }

  serveFetch(from: number, request: MetadataFetchRequest, reply: (response: MetadataFetchResponse) => void): void {
    const isNewEpoch = request.controllerEpoch > this.#epoch;
    if (isNewEpoch) this.#promise(request.controllerEpoch);
    const isFollower = request.maxWaitMs > 0 && request.controllerEpoch === this.#epoch;
    if (this.#role.kind === 'active' && isFollower) this.#role.leadership.fetch(from, request, reply);
    else this.#tellState(reply);
    // Who asks for a promise is not the controller yet: to look now would find nobody, and end in a rival campaign.
    if (this.#role.kind === 'looking' && !isNewEpoch) this.#heardFrom(from, request);
  }

  /** Listens to nothing earlier than `epoch` from now on, also after a restart. */
  #promise(epoch: number): void {
    const { disk, nodeIds, log } = this.#options;
    if (this.#role.kind === 'active') log('warn', 'a later epoch began: resigning as the controller', { epoch });
    this.#epoch = epoch;
    writeQuorumState(disk, { leaderId: epochOwner(epoch, nodeIds), leaderEpoch: epoch }, nodeIds);
    if (this.#role.kind === 'leaving' || this.#role.kind === 'stopped') return;
    // The one who asked is about to be the controller: give it the time to say so.
    this.#enter({ kind: 'looking' });
    this.#lookLater();
  }

  /** Somebody who just started, or became the controller, need not be waited for until the next round. */
  #heardFrom(from: number, request: MetadataFetchRequest): void {
    const isOwner = request.controllerEpoch === this.#epoch && epochOwner(this.#epoch, this.#options.nodeIds) === from;
    if (this.#heard.has(from) && !isOwner) return;
    this.#heard.add(from);
    if (this.#timer === undefined) this.#newcomer = true;
    else this.#look();
  }

  #tellState(reply: (response: MetadataFetchResponse) => void): void {
    const { store } = this.#options;
    // Who is on the way out must not be waited for.
    const gone = this.#role.kind === 'leaving' || this.#role.kind === 'stopped';
    reply({
      errorCode: ErrorCode.NOT_CONTROLLER,
      controllerId: this.controllerId,
      controllerEpoch: this.#epoch,
      highWatermark: 0,
      endOffset: gone ? -1 : store.endOffset,
      lastEpoch: gone ? -1 : store.lastEpoch,
      diverging: null,
      records: NO_RECORDS,
    });
  }

  #enter(role: Role): void {
    const before = this.#role;
    this.#role = role;
    this.#round++;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (role.kind !== 'looking') this.#heard.clear();
    if (before.kind !== 'active') return;
    for (const { reply } of before.leadership.stop()) this.#tellState(reply);
    this.#options.resign();
  }

  #lookLater(): void {
    this.#round++;
    this.#timer = this.#options.scheduler.after(RETRY_MS, () => this.#look());
  }

  /** Asks all other nodes who the controller is, and decides when all have answered, or time is up. */
  #look(): void {
    const { scheduler } = this.#options;
    this.#enter({ kind: 'looking' });
    this.#newcomer = false;
    const round = this.#round;
    const startedMs = scheduler.now();
    const answers: Candidate[] = [];
    let isEnough = false;
    this.#askAll(this.#others(), (id, response) => {
      if (response === null) {
        this.#decide(answers);
        return true;
      }
      if (response.endOffset < 0) return true;
      this.#heard.add(id);
      answers.push({ id, ...response });
      if (isEnough || !this.#isMost(answers)) return true;
      isEnough = true;
      const tookMs = scheduler.now() - startedMs;
      scheduler.after(Math.max(tookMs, STRAGGLER_MS - tookMs), () => {
        if (this.#round === round) this.#decide(answers);
      });
      return true;
    });
  }

  /** Whether those who answered, with this node, are most of the voters. */
  #isMost(answers: readonly Candidate[]): boolean {
    const { nodeIds, store } = this.#options;
    return hasMajority([this.#self(), ...answers], store.voters(nodeIds));
  }

  #decide(answers: readonly Candidate[]): void {
    const { nodeIds, store } = this.#options;
    const choice = chooseController(this.#self(), answers, nodeIds, store.voters(nodeIds));
    if (choice.kind === 'follow') this.#follow(choice.controllerId, choice.epoch);
    else if (choice.kind === 'campaign') this.#campaign(choice.epoch);
    else if (this.#newcomer) this.#look();
    else this.#lookLater();
  }

  #self(): Candidate {
    const { nodeId, store } = this.#options;
    return {
      id: nodeId,
      controllerId: -1,
      controllerEpoch: this.#epoch,
      lastEpoch: store.lastEpoch,
      endOffset: store.endOffset,
    };
  }

  /** Asks the voters for their promise to an epoch of this node's own. */
  #campaign(epoch: number): void {
    const { nodeId, nodeIds, store } = this.#options;
    this.#promise(epoch);
    this.#timer?.cancel();
    this.#timer = undefined;
    const voters = store.voters(nodeIds);
    const granting = voters.filter((id) => id === nodeId);
    const won = (): boolean => {
      if (!isMajority(granting.length, voters)) return false;
      this.#claim(epoch, granting);
      return true;
    };
    if (won()) return;
    this.#askAll(
      voters.filter((id) => id !== nodeId),
      (id, response) => {
        if (response === null) this.#lookLater();
        else if (response.controllerEpoch === epoch && isUpToDate(store, response) && response.endOffset >= 0) {
          granting.push(id);
          return !won();
        }
        return true;
      },
    );
  }

  /** Asks nodes for their state; `answered` hears each answer and at last null, until it returns false. */
  #askAll(ids: readonly number[], answered: (id: number, response: MetadataFetchResponse | null) => boolean): void {
    const round = this.#round;
    let left = ids.length;
    const settle = (id: number, response: MetadataFetchResponse | NoAnswer): void => {
      if (this.#round !== round) return;
      left--;
      if (isAnswer(response) && !answered(id, response)) return;
      if (left === 0 && this.#round === round) answered(id, null);
    };
    for (const id of ids) this.#fetch(id, 0, PROBE_TIMEOUT_MS, (response) => settle(id, response));
    if (ids.length === 0) {
      this.#timer = this.#options.scheduler.after(0, () => {
        if (this.#round === round) answered(-1, null);
      });
    }
  }

  #claim(epoch: number, granting: readonly number[]): void {
    const { nodeId, nodeIds, scheduler, store, log } = this.#options;
    const leadership = new Leadership({
      nodeId,
      nodeIds,
      epoch,
      scheduler,
      store,
      committed: () => this.#options.committed(),
      lost: () => {
        log('warn', 'too few nodes follow this controller: resigning', { epoch });
        this.#look();
      },
    });
    this.#enter({ kind: 'active', leadership });
    store.setController(nodeId);
    log('info', 'this node is the controller', { epoch });
    this.#options.activate(epoch, granting);
    this.#options.changed();
    // Whoever waited for a controller may have ended this node.
    if (this.leadership === leadership) this.#announce(leadership);
  }

  #announce(leadership: Leadership): void {
    const { scheduler } = this.#options;
    for (const id of this.#others()) {
      if (leadership.followers.has(id) && leadership.isLive(id)) continue;
      this.#fetch(id, 0, PROBE_TIMEOUT_MS, (response) => {
        const isLater = isAnswer(response) && response.controllerEpoch > this.#epoch;
        if (isLater && this.leadership === leadership) this.#promise(response.controllerEpoch);
      });
    }
    this.#timer = scheduler.after(ANNOUNCE_MS, () => this.#announce(leadership));
  }

  #follow(controllerId: number, epoch: number): void {
    if (epoch > this.#epoch) this.#promise(epoch);
    this.#enter({ kind: 'following', controllerId });
    const round = this.#round;
    this.#options.store.setController(controllerId);
    this.#options.changed();
    // Whoever waited for a controller may have ended this node.
    if (this.#round === round) this.#fetchNext(controllerId);
  }

  #fetchNext(controllerId: number): void {
    const round = this.#round;
    this.#fetch(controllerId, FETCH_WAIT_MS, FETCH_TIMEOUT_MS, (response) => {
      if (this.#round !== round) return;
      if (!isAnswer(response) || response.errorCode !== ErrorCode.NONE || response.controllerEpoch !== this.#epoch) {
        this.#look();
        return;
      }
      const { store } = this.#options;
      if (response.diverging !== null) {
        const own = store.endOffsetForEpoch(response.diverging.epoch);
        store.truncateTo(Math.max(0, Math.min(own.endOffset, response.diverging.endOffset)));
      } else if (response.records.length > 0) {
        store.appendFetched(response.records, response.highWatermark);
      } else {
        store.commitTo(response.highWatermark);
      }
      if (this.#round === round) this.#fetchNext(controllerId);
    });
  }

  #fetch(
    to: number,
    maxWaitMs: number,
    timeoutMs: number,
    done: (response: MetadataFetchResponse | NoAnswer) => void,
  ): void {
    const { nodeId, network, store } = this.#options;
    const request: MetadataFetchRequest = {
      replicaId: nodeId,
      fetchOffset: store.endOffset,
      lastFetchedEpoch: store.lastEpoch,
      controllerEpoch: this.#epoch,
      maxWaitMs,
    };
    network.call(nodeId, to, 'metadataFetch', request, timeoutMs, done);
  }

  #others(): number[] {
    return this.#options.nodeIds.filter((id) => id !== this.#options.nodeId);
  }
}
